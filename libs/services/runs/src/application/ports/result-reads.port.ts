import type { MessageResult, MessageState } from '@mailrun/contracts';

export interface ResultFilter {
  readonly status?: MessageState | undefined;
  readonly reason?: string | undefined;
  readonly customer?: string | undefined;
  readonly invoice?: string | undefined;
  readonly address?: string | undefined;
}

/** The message results of a run's current preparation, in the order in which they were made. */
export abstract class ResultReads {
  /** At most `limit`, after the result `after`. @throws Refusal `message-run.not-found` */
  abstract page(
    tenantId: string,
    runId: string,
    filter: ResultFilter,
    limit: number,
    after?: string,
  ): Promise<MessageResult[]>;
}

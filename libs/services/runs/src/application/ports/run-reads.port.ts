import type { DryRun, MessageRun, RunState } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';

export interface RunFilter {
  readonly state?: RunState | undefined;
  readonly definition?: string | undefined;
}

/** Runs as people see them. */
export abstract class RunReads {
  /** In the transaction of an act that answers with the run. */
  abstract view(tx: Transaction, id: string): Promise<MessageRun | undefined>;
  /** Newest first, beginning after the id. */
  abstract list(
    tenantId: string,
    filter: RunFilter,
    after: string | undefined,
    limit: number,
  ): Promise<MessageRun[]>;
  /** Undefined while there is no finished preparation. */
  abstract dryRun(tenantId: string, id: string): Promise<DryRun | undefined>;
}

import type { DryRun, MessageRun, RunState } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import type { WaitingCounts } from '../../domain/runs/waits-for.js';

export interface RunFilter {
  readonly state?: RunState | undefined;
  readonly definition?: string | undefined;
}

/** Runs as people see them. */
export abstract class RunReads {
  /** In the transaction of an act that answers with the run. */
  abstract view(tx: Transaction, id: string): Promise<MessageRun | undefined>;
  /** How many messages of the runs are in each state, of those that are under way or hold uncertain ones. */
  abstract waiting(
    runs: readonly { readonly runId: string; readonly tenantId: string }[],
  ): Promise<(WaitingCounts & { readonly runId: string })[]>;
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

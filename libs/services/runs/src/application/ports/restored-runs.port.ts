/** What a restore means for the runs of a tenant. */
export interface RestoredCounts {
  /** Runs under way. */
  readonly runs: number;
  /** Their messages that were not accepted, as far as the backup knows. */
  readonly messages: number;
  /** Prepared runs that became drafts. */
  readonly drafts: number;
  /** Of the runs under way: what the dispatcher gets of rounds up to this one may have left after the backup. */
  readonly rounds: readonly { readonly runId: string; readonly round: number }[];
}

/** Runs of a database that was restored from a backup. */
export abstract class RestoredRuns {
  /**
   * In one transaction: of runs that were under way, also when they have ended since, every copy will be named to the
   * dispatcher, which holds those that it does not know as uncertain, since they may have left after the backup; prepared
   * runs become drafts (`restored`), since they may have been started. Done again, the copies are named once more.
   */
  abstract mark(tenantId: string, restoredTo: Date): Promise<RestoredCounts>;
}

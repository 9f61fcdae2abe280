import type { Reply } from '@mailrun/contracts';

/** Mails of rounds up to this one may have left after the backup. */
export interface RestoredRound {
  readonly runId: string;
  readonly round: number;
}

/** Mails of a database that was restored from a backup. */
export abstract class RestoredMails {
  /**
   * From now on, whatever is entered of these rounds is uncertain, with this reply and a `restoredRevision`: such a record
   * was fed before the restore, and may have come before. The same for what was entered since the restore, and ended
   * without having been tried. Records of other rounds that were fed before now are not entered: the backup does not
   * know them as started.
   *
   * @param restoredTo the moment of the backup
   */
  abstract distrustRounds(
    tenantId: string,
    rounds: readonly RestoredRound[],
    reply: Reply,
    restoredTo: Date,
  ): Promise<void>;

  /**
   * Makes mails uncertain that may have left since the backup, at most `limit`: all that are neither final nor uncertain
   * and were due by now. Their outcomes are in the outbox, with a `restoredRevision`. @returns how many it was
   */
  abstract makeUncertain(tenantIds: readonly string[], reply: Reply, limit: number): Promise<number>;

  /**
   * What else may have changed since the backup is told again with a `restoredRevision`, so that whatever was said of it
   * after the backup counts no more: mails that were uncertain, and those that are due later, which may have been decided
   * or stopped. They stay as they are; uncertain ones take the reply. Done again, it changes nothing of these.
   */
  abstract tellAgain(tenantIds: readonly string[], reply: Reply): Promise<void>;
}

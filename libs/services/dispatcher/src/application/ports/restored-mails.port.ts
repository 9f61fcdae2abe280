import type { Reply } from '@mailrun/contracts';

/** Mails of a database that was restored from a backup. */
export abstract class RestoredMails {
  /**
   * Makes mails uncertain that may have left since the backup, at most `limit`: all that are neither final nor uncertain
   * and were due by now. Their outcomes are in the outbox. @returns how many it was
   */
  abstract makeUncertain(reply: Reply, limit: number): Promise<number>;
}

/** Seconds from 1970 to the start of 2026: revisions are 32 bits wide. */
export const revisionsBeginAt = 1_767_225_600;

/**
 * The least revision of what is entered or changed because the database was restored from a backup: seconds since 2026, by
 * the database's clock. The backup knows nothing of the outcomes that were published after it, and runs applies a greater
 * revision only: this one is above them all, since no mail changes once a second all its life. A later restore begins above
 * an earlier one.
 */
export const restoredRevision = (databaseNowMs: number): number =>
  Math.floor(databaseNowMs / 1000) - revisionsBeginAt;

/**
 * A number that only grows, kept in the database and, after that, outside of it. Restored from a backup, the database
 * is behind what was kept outside.
 */
export abstract class Epochs {
  abstract current(): Promise<number>;

  /** Adds one, unless that was done within the last `ms`. @returns the number, or undefined where it was not raised */
  abstract raise(ms: number): Promise<number | undefined>;

  /** Goes on from there, where the number is smaller. */
  abstract goOnFrom(epoch: number): Promise<void>;
}

/** The number outside of the database. */
export abstract class EpochMarks {
  /** 0 where there is none yet. */
  abstract newest(): Promise<number>;

  abstract put(epoch: number): Promise<void>;
}

/** How large the batches of one handler may be. */
export interface BatchLimits {
  /** Records, at most. */
  readonly maxRecords: number;
  /** Bytes of bodies, at most; a single larger record is a batch of its own. */
  readonly maxBytes: number;
  /** Wanted duration of a batch: its size follows the measured time. A single record may take longer. */
  readonly targetMs: number;
  /** In-process: batches of this handler that run at the same time, each with its own keys. */
  readonly lanes: number;
}

export const defaultBatchLimits: BatchLimits = {
  maxRecords: 500,
  maxBytes: 4 * 1024 * 1024,
  targetMs: 300,
  lanes: 4,
};

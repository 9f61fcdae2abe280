import type { BatchLimits } from '../consume/limits.js';

/** How many records the next batch of a handler takes, so that it lasts about `targetMs`. */
export class BatchSizer {
  private size: number;

  constructor(private readonly limits: BatchLimits) {
    this.size = Math.min(limits.maxRecords, 50);
  }

  /** End (exclusive) of the batch that begins at `from`, within the limits of number and bytes; never empty. */
  endOf(records: readonly { readonly sizeBytes: number }[], from: number): number {
    const last = Math.min(records.length, from + this.size);
    let bytes = 0;
    for (let index = from; index < last; index += 1) {
      bytes += records[index]!.sizeBytes;
      if (bytes > this.limits.maxBytes) return Math.max(index, from + 1);
    }
    return last;
  }

  /** Learns from a handled batch. Grows at most twofold, so that one quick batch does not make a giant of the next. */
  observe(records: number, elapsedMs: number): void {
    const { targetMs, maxRecords } = this.limits;
    if (elapsedMs > targetMs) {
      this.size = Math.max(1, Math.floor((records * targetMs) / elapsedMs));
    } else if (records >= this.size) {
      const factor = Math.min(2, targetMs / Math.max(1, elapsedMs));
      this.size = Math.min(maxRecords, Math.ceil(records * factor));
    }
  }
}

/** A token bucket: `perSecond` on average, `burst` at once. Time is given in milliseconds. */
export class RateLimit {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    private readonly maxBuckets = 10_000,
  ) {}

  /** 0 when the call may go on, else the seconds to wait. */
  take(name: string, nowMs: number): number {
    const bucket = this.buckets.get(name) ?? { tokens: this.burst, at: nowMs };
    const refilled = Math.min(this.burst, bucket.tokens + ((nowMs - bucket.at) / 1000) * this.perSecond);
    const isAllowed = refilled >= 1;
    // Deleted and set again: the map keeps the least recently used first.
    this.buckets.delete(name);
    this.buckets.set(name, { tokens: isAllowed ? refilled - 1 : refilled, at: nowMs });
    if (this.buckets.size > this.maxBuckets) this.buckets.delete(this.buckets.keys().next().value as string);
    return isAllowed ? 0 : (1 - refilled) / this.perSecond;
  }
}

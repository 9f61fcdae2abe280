const secondMs = 1_000;
/** Seconds looked at: enough to even out bursts, and a change of the rate still shows soon. */
const seconds = 10;

/** How many mails per minute leave now. */
export class RateMeter {
  private readonly counts = new Map<number, number>();
  private startedAt: number | undefined;

  add(now: number): void {
    this.startedAt ??= now;
    const second = Math.floor(now / secondMs);
    this.counts.set(second, (this.counts.get(second) ?? 0) + 1);
  }

  perMinute(now: number): number {
    const first = Math.floor(now / secondMs) - seconds;
    let sum = 0;
    for (const [second, count] of this.counts) {
      if (second < first) this.counts.delete(second);
      else sum += count;
    }
    const overMs = Math.min(Math.max(now - (this.startedAt ?? now), secondMs), seconds * secondMs);
    return Math.round((sum * 60_000) / overMs);
  }
}

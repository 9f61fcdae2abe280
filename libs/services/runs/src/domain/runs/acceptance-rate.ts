/** Slots of 250 ms. */
const slotMs = 250;
const slots = 20;

/**
 * How many messages a second the steps manage *while busy*: time without work does not count, or the window would
 * shrink by itself when there is little to do.
 */
export class AcceptanceRate {
  private readonly counts = new Map<number, number>();

  /** Messages became accepted (or were refused on their way): they left the window. */
  add(messages: number, nowMs: number): void {
    const slot = Math.floor(nowMs / slotMs);
    this.counts.set(slot, (this.counts.get(slot) ?? 0) + messages);
    for (const old of this.counts.keys()) if (old < slot - slots) this.counts.delete(old);
  }

  /** Per second, over the slots of the last five seconds in which anything happened. */
  perSecond(nowMs: number): number {
    const first = Math.floor(nowMs / slotMs) - slots;
    let messages = 0;
    let busy = 0;
    for (const [slot, count] of this.counts) {
      if (slot <= first) continue;
      messages += count;
      busy += 1;
    }
    return busy === 0 ? 0 : messages / ((busy * slotMs) / 1000);
  }

  /** Whether anything moved within the time. */
  hasMoved(withinMs: number, nowMs: number): boolean {
    const first = Math.floor((nowMs - withinMs) / slotMs);
    return [...this.counts.keys()].some((slot) => slot >= first);
  }
}

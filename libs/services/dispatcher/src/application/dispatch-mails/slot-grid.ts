import { laneCount, slotLifeMs } from '../../domain/slots.js';
import type { GrantedSlots } from '../ports/server-limits.port.js';

/** How much two clocks may drift apart in a millisecond. */
const driftPerMs = 1e-4;
/** A clock that jumped by more was set. */
const jumpMs = 2_000;

/** The moments at which mails of this process may leave at a limited rate; times in that of `performance.now()`. */
export class SlotGrid {
  private granted: GrantedSlots | undefined;
  /** Of each lane that we have, since when, on the shared clock. */
  private lanes = new Map<number, number>();
  /** The shared clock minus ours. */
  private offset: { readonly ms: number; readonly at: number } | undefined;
  /** The moment that was used last, on the shared clock. */
  private usedUntil = -Infinity;

  get isLimited(): boolean {
    return this.granted !== undefined;
  }

  get heldLanes(): readonly number[] {
    return [...this.lanes.keys()];
  }

  /** @param now when the grant arrived */
  take(slots: GrantedSlots | undefined, now: number): void {
    this.granted = slots;
    if (slots === undefined) {
      this.lanes.clear();
      return;
    }
    this.adjust(slots.nowMs - now, now);
    this.lanes = new Map(slots.lanes.map((lane) => [lane, this.lanes.get(lane) ?? slots.nowMs]));
  }

  /** Uses a moment when one is due. */
  use(now: number): boolean {
    const next = this.nextMoment(now);
    if (next === undefined || next > this.shared(now)) return false;
    this.usedUntil = next;
    return true;
  }

  /** Until the next moment; undefined when there is none. */
  msToNext(now: number): number | undefined {
    const next = this.nextMoment(now);
    return next === undefined ? undefined : Math.max(next - this.shared(now), 0);
  }

  /** The first moment of ours that was not used and is not lost, on the shared clock. */
  private nextMoment(now: number): number | undefined {
    if (!this.granted || this.lanes.size === 0) return undefined;
    const { intervalMs } = this.granted;
    const earliest = Math.max(this.shared(now) - slotLifeMs, this.usedUntil + intervalMs / 2);
    for (let n = Math.ceil(earliest / intervalMs); ; n += 1) {
      const since = this.lanes.get(n % laneCount);
      if (since !== undefined && n * intervalMs >= since) return n * intervalMs;
    }
  }

  private shared(now: number): number {
    return now + this.offset!.ms;
  }

  /** An answer that took long makes the shared clock look late: the earliest answers are right. */
  private adjust(ms: number, now: number): void {
    const { offset } = this;
    const known = offset && offset.ms - (now - offset.at) * driftPerMs;
    if (known === undefined || ms > known || known - ms > jumpMs) {
      if (known !== undefined && Math.abs(known - ms) > jumpMs) {
        this.usedUntil = -Infinity;
        this.lanes.clear();
      }
      this.offset = { ms, at: now };
    } else {
      this.offset = { ms: known, at: now };
    }
  }
}

import { slotLifeMs } from '../../domain/slots.js';
import type { LimitGrant } from '../ports/server-limits.port.js';

/** The moments at which mails may leave at a limited rate, in the time of `performance.now()`. */
export class SlotQueue {
  private readonly slots: number[] = [];

  add({ startsInMs, intervalMs, count }: LimitGrant['slots'], now: number): void {
    for (let i = 0; i < count; i += 1) this.slots.push(now + startsInMs + i * intervalMs);
  }

  /** Uses a slot when one is due. */
  take(now: number): boolean {
    this.dropLost(now);
    if (this.slots[0] === undefined || this.slots[0] > now) return false;
    this.slots.shift();
    return true;
  }

  /** Until the next slot; undefined when there is none. */
  msToNext(now: number): number | undefined {
    this.dropLost(now);
    return this.slots[0] === undefined ? undefined : Math.max(this.slots[0] - now, 0);
  }

  get count(): number {
    return this.slots.length;
  }

  private dropLost(now: number): void {
    while (this.slots[0] !== undefined && this.slots[0] < now - slotLifeMs) this.slots.shift();
  }
}

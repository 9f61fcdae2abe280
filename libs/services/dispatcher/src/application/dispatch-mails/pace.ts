/** A longer silence says no more. */
const longestMs = 20;
/** How much the newest interval counts: about the last ten decide. */
const weight = 0.1;

/** How quickly something happens, on average, lately. */
export class Pace {
  private average = longestMs;
  private lastAt = -Infinity;

  beat(now: number): void {
    this.average += weight * (Math.min(now - this.lastAt, longestMs) - this.average);
    this.lastAt = now;
  }

  /** Between one time and the next, at most 20 ms. */
  get everyMs(): number {
    return this.average;
  }
}

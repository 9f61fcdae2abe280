/** First and longest pause, in milliseconds. */
export interface OutagePause {
  readonly first: number;
  readonly longest: number;
}

/** Long enough not to hammer what is down, short enough that its return is noticed within seconds. */
export const defaultOutagePause: OutagePause = { first: 200, longest: 5000 };

/** Pauses of an outage that goes on: doubling, ±20 % so that many lanes do not come back together. */
export class BackOff {
  private failures = 0;

  constructor(private readonly pause: OutagePause) {}

  nextMs(): number {
    const waitMs = Math.min(this.pause.longest, this.pause.first * 2 ** this.failures);
    this.failures += 1;
    return Math.round(waitMs * (0.8 + Math.random() * 0.4));
  }

  reset(): void {
    this.failures = 0;
  }
}

import type { Carrier } from './carrier.js';

/** With a half-open circuit one connection probes the server, with one mail: which, and whether it has sent it. */
export class Probe {
  private by: Carrier | undefined;
  private isSent = false;

  get isTaken(): boolean {
    return this.by !== undefined;
  }

  isOf(carrier: Carrier): boolean {
    return this.by === carrier;
  }

  /** Whether this one, or any that is not open yet, may connect. */
  mayConnect(carrier: Carrier | undefined): boolean {
    return this.by === undefined || this.by === carrier;
  }

  maySend(carrier: Carrier): boolean {
    return this.by === undefined || (this.by === carrier && !this.isSent);
  }

  connects(carrier: Carrier): void {
    this.by = carrier;
    this.isSent = false;
  }

  sends(carrier: Carrier): void {
    this.by = carrier;
    this.isSent = true;
  }

  /** Of this one without a verdict, or with one that was told: another one may probe. */
  end(carrier: Carrier): void {
    if (this.by === carrier) this.by = undefined;
  }

  clear(): void {
    this.by = undefined;
  }
}

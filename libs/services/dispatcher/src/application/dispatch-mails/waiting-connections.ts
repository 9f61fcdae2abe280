import type { ClaimedMail } from '../../domain/mail.js';
import type { Carrier } from './carrier.js';

interface Waiter {
  readonly carrier: Carrier;
  readonly give: (mail: ClaimedMail | undefined) => void;
}

/** Open connections that wait for a mail, who came first is first. */
export class WaitingConnections {
  private readonly waiters: Waiter[] = [];

  get count(): number {
    return this.waiters.length;
  }

  get first(): Carrier | undefined {
    return this.waiters[0]?.carrier;
  }

  /** Resolves with what is given to it, or with nothing when that takes too long. */
  wait(carrier: Carrier, withinMs: number): Promise<ClaimedMail | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        resolve(undefined);
      }, withinMs);
      const waiter: Waiter = {
        carrier,
        give: (mail) => {
          clearTimeout(timer);
          resolve(mail);
        },
      };
      this.waiters.push(waiter);
    });
  }

  /** To the first one. */
  give(mail: ClaimedMail | undefined): void {
    this.waiters.shift()?.give(mail);
  }
}

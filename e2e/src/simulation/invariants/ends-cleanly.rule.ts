import type { SimulatedProcess } from '../process.js';
import { Rule } from './rule.js';

/** A process that was told to end leaves no mail whose end is unknown, and gives back what it did not begin. */
export class EndsCleanly extends Rule {
  override leaves(process: SimulatedProcess): void {
    for (const [key, { state, token }] of this.scene.ledger.rows) {
      if (this.scene.claims.holderOf(token) !== process) continue;
      // Without the database nothing can be given back: leases end.
      const isLeft = state === 'transmitting' || (state === 'claimed' && !process.hadOutage);
      if (isLeft) this.broken(`${process.name} ended, and ${key} is ${state} by it.`);
    }
  }
}

import type { SimulatedProcess } from '../process.js';
import { Rule } from './rule.js';

/** A process that was told to end leaves no mail whose end is unknown, and gives back what it did not begin. */
export class EndsCleanly extends Rule {
  override leaves(process: SimulatedProcess): void {
    // Without the database nothing can be given back, and whether a mail was marked is not known: leases end.
    if (process.hadOutage) return;
    for (const [key, { state, token }] of this.scene.ledger.rows) {
      if (this.scene.claims.holderOf(token) !== process) continue;
      if (state === 'transmitting' || state === 'claimed')
        this.broken(`${process.name} ended, and ${key} is ${state} by it.`);
    }
  }
}

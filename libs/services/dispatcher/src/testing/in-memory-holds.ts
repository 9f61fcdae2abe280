import { Holds } from '../application/ports/holds.port.js';
import type { Hold } from '../domain/hold.js';

/** Holds in memory; the in-memory ledger reads them as PostgreSQL's statements read the table. */
export class InMemoryHolds extends Holds {
  constructor(private readonly holds: Map<string, Hold> = new Map()) {
    super();
  }

  async put(hold: Omit<Hold, 'since'>): Promise<void> {
    const known = this.holds.get(hold.scope);
    if (known !== undefined && (known.reason === 'restored' || hold.reason === 'operator')) return;
    this.holds.set(hold.scope, { ...hold, since: known?.since ?? new Date() });
  }

  async remove(scope: string): Promise<boolean> {
    return this.holds.delete(scope);
  }

  async list(): Promise<Hold[]> {
    return [...this.holds.values()];
  }
}

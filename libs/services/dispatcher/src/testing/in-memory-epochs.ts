import { Epochs } from '../application/ports/epochs.port.js';

/** The database's number, in memory. */
export class InMemoryEpochs extends Epochs {
  epoch = 0;
  private raisedAt = -Infinity;

  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  async current(): Promise<number> {
    return this.epoch;
  }

  async raise(ms: number): Promise<number | undefined> {
    if (this.raisedAt >= this.now() - ms) return undefined;
    this.raisedAt = this.now();
    this.epoch += 1;
    return this.epoch;
  }

  async goOnFrom(epoch: number): Promise<void> {
    this.epoch = Math.max(this.epoch, epoch);
  }
}

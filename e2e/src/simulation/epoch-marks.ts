import { EpochMarks } from '@mailrun/service-dispatcher/in-memory';

/** The number outside of the database: no restore of it takes this back. */
export class SimulatedMarks extends EpochMarks {
  mark = 0;

  async newest(): Promise<number> {
    return this.mark;
  }

  async put(epoch: number): Promise<void> {
    this.mark = Math.max(this.mark, epoch);
  }
}

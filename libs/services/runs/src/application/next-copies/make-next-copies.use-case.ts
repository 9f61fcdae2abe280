import { Injectable } from '@nestjs/common';
import { RoundStore } from '../ports/round-store.port.js';
import { WorkIndex, type WorkItem } from '../ports/work-index.port.js';
import { SettleRuns } from '../settle-runs/settle-runs.use-case.js';
import { WorkSignals } from '../work-signals.js';

/** Copies of one transaction. */
const mostCopies = 2000;

/** Makes the copies of rounds that were begun, in chunks, and those of mails that were lost before they left. */
@Injectable()
export class MakeNextCopies {
  constructor(
    private readonly work: WorkIndex,
    private readonly rounds: RoundStore,
    private readonly settling: SettleRuns,
    private readonly signals: WorkSignals,
  ) {}

  /** One chunk of each run. @returns whether there may be more */
  async makeAll(): Promise<boolean> {
    let hasMore = false;
    for (const item of await this.work.list('round')) {
      if (await this.make(item)) hasMore = true;
      else await this.work.done('round', item);
    }
    return hasMore;
  }

  private async make(run: WorkItem): Promise<boolean> {
    const lost = await this.rounds.replaceLost(run, mostCopies);
    const made = await this.rounds.makeNext(run, mostCopies);
    this.signals.raise('feed');
    // Where no message had an address, nothing comes back that would end the run.
    if (!made) this.settling.settleSoon([run]);
    return lost || made;
  }
}

import { Injectable } from '@nestjs/common';
import { isOutage } from '@mailrun/platform-errors';
import { PreparationStore } from '../ports/preparation-store.port.js';
import { RunStore } from '../ports/run-store.port.js';
import { WorkIndex } from '../ports/work-index.port.js';
import { WorkSignals } from '../work-signals.js';
import { AdvancePreparation } from './advance-preparation.use-case.js';

/** How often a piece that fails by a bug is tried. The worker pauses between tries, longer each time. */
const triesOfBugs = 5;

interface RunRef {
  readonly runId: string;
  readonly tenantId: string;
}

/**
 * Does the next piece of every preparation. One that fails again and again keeps no other from going on, and is given up:
 * its run is a draft again, and says why, instead of being prepared for ever.
 */
@Injectable()
export class AdvancePreparations {
  /** By run: how often it failed in a row, in this process. */
  private readonly failures = new Map<string, number>();

  constructor(
    private readonly preparation: AdvancePreparation,
    private readonly preparations: PreparationStore,
    private readonly runs: RunStore,
    private readonly work: WorkIndex,
    private readonly signals: WorkSignals,
  ) {}

  /** @returns whether there is more to do at once. @throws the first failure, when all had their turn */
  async advanceAll(): Promise<boolean> {
    const runs = await this.work.list('prepare');
    for (const runId of this.failures.keys()) {
      if (!runs.some((run) => run.runId === runId)) this.failures.delete(runId);
    }
    let hasMore = false;
    const faults: unknown[] = [];
    for (const run of runs) {
      try {
        if ((await this.preparation.advance(run)) === 'again') hasMore = true;
        this.failures.delete(run.runId);
      } catch (error) {
        faults.push(error);
        if (!isOutage(error)) await this.failed(run);
      }
    }
    if (faults.length > 0) throw faults[0];
    return hasMore;
  }

  private async failed(run: RunRef): Promise<void> {
    const failures = (this.failures.get(run.runId) ?? 0) + 1;
    this.failures.set(run.runId, failures);
    if (failures < triesOfBugs) return;
    await this.giveUp(run);
    this.failures.delete(run.runId);
  }

  /** What was made so far is removed by the next preparation of the run. */
  private async giveUp({ runId, tenantId }: RunRef): Promise<void> {
    await this.preparations.abandon({ runId, tenantId }, async (tx) => {
      await this.runs.change(tx, runId, { state: 'draft', why: 'preparation-failed' });
      await this.work.remove(tx, 'prepare', runId);
      await this.work.add(tx, 'event', { runId, tenantId });
    });
    this.signals.raise('event');
  }
}

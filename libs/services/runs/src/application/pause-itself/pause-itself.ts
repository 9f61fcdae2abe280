import { Injectable } from '@nestjs/common';
import { Database, recordAudit, type Transaction } from '@mailrun/platform-persistence';
import { isOpen } from '../../domain/runs/message-state.js';
import type { Run } from '../../domain/runs/run.js';
import type { SelfPause } from '../../domain/runs/self-pause.js';
import { EngineObserver } from '../ports/engine-observer.port.js';
import { RunStore } from '../ports/run-store.port.js';
import { WorkIndex } from '../ports/work-index.port.js';
import { WorkSignals } from '../work-signals.js';

interface RunRef {
  readonly runId: string;
  readonly tenantId: string;
}

/** A run pauses itself, and says why: nothing more leaves until a person resumes it. */
@Injectable()
export class PauseItself {
  constructor(
    private readonly database: Database,
    private readonly runs: RunStore,
    private readonly work: WorkIndex,
    private readonly signals: WorkSignals,
    private readonly observer: EngineObserver,
  ) {}

  /**
   * Does nothing where all messages are final or held: such a run completes, and there is nothing to resume.
   *
   * @param holds asked with the run locked: since when it has been running, so that what happened before it was resumed
   *   does not pause it again
   * @returns whether it did
   */
  async pause(
    { runId, tenantId }: RunRef,
    why: SelfPause,
    holds: (resumedAt: Date | null) => boolean = () => true,
  ): Promise<boolean> {
    const isPaused = await this.database.inTenant(tenantId, async (tx) => {
      const run = await this.runs.lock(tx, runId);
      if (run?.state !== 'running' || !holds(run.resumedAt) || !(await this.isUnderWay(tx, run)))
        return false;
      await this.pauseIn(tx, run, why);
      return true;
    });
    if (isPaused) this.paused(why);
    return isPaused;
  }

  private async isUnderWay(tx: Transaction, { preparationId }: Run): Promise<boolean> {
    const counts = preparationId === null ? [] : await this.runs.counts(tx, preparationId);
    return counts.some(({ status, count }) => count > 0 && isOpen(status));
  }

  /** In a transaction that has locked the run, and saw that it is running. To be followed by `paused` after the commit. */
  async pauseIn(
    tx: Transaction,
    run: { readonly id: string; readonly tenantId: string },
    why: SelfPause,
  ): Promise<void> {
    const { id: runId, tenantId } = run;
    await this.runs.change(tx, runId, { state: 'paused', why });
    await this.runs.changeRounds(tx, run, 'paused');
    for (const kind of ['gate', 'event'] as const) await this.work.add(tx, kind, { runId, tenantId });
    await recordAudit(
      tx,
      { tenantId },
      {
        action: 'message-run.paused-itself',
        subject: `message-run/${runId}`,
        before: { state: 'running' },
        after: { state: 'paused', why },
      },
    );
  }

  /** Tells everyone who shall know. */
  paused(why: SelfPause): void {
    this.observer.pausedItself({ why });
    for (const work of ['gate', 'event'] as const) this.signals.raise(work);
  }
}

import { Injectable } from '@nestjs/common';
import type { MessageState } from '@mailrun/contracts';
import { isOpen, isUntried } from '../../domain/runs/message-state.js';
import { PauseItself } from '../pause-itself/pause-itself.js';
import type { SelfPause } from '../../domain/runs/self-pause.js';
import { EngineObserver } from '../ports/engine-observer.port.js';
import { RunStore } from '../ports/run-store.port.js';
import { SettleStore, type OpenRun } from '../ports/settle-store.port.js';
import { WorkIndex } from '../ports/work-index.port.js';
import { WorkSignals } from '../work-signals.js';

interface RunRef {
  readonly runId: string;
  readonly tenantId: string;
}

/**
 * Ends runs whose messages are all final or held. Asked after the commits that may have ended one: the last of several
 * at the same time sees what all of them changed.
 */
@Injectable()
export class SettleRuns {
  private readonly changed = new Map<string, RunRef>();

  constructor(
    private readonly store: SettleStore,
    private readonly runs: RunStore,
    private readonly work: WorkIndex,
    private readonly signals: WorkSignals,
    private readonly observer: EngineObserver,
    private readonly pauses: PauseItself,
  ) {}

  settleSoon(runs: readonly RunRef[]): void {
    if (runs.length === 0) return;
    for (const run of runs) this.changed.set(run.runId, run);
    this.signals.raise('settle');
  }

  /** Looks at the runs that changed in this process. */
  async settleChanged(): Promise<void> {
    const runs = [...this.changed.values()];
    this.changed.clear();
    await this.settle(runs);
  }

  /** Looks at all runs under way: what another process did before it was killed is found here. */
  async settleAll(): Promise<void> {
    await this.settle(await this.work.list('run'));
  }

  private async settle(runs: readonly RunRef[]): Promise<void> {
    if (runs.length === 0) return;
    for (const run of await this.store.openRuns(runs)) {
      if (isDone(run) || isFirstPassNews(run) || pausesItself(run)) await this.settleRun(run);
    }
  }

  private async settleRun(found: RunRef): Promise<void> {
    let paused: SelfPause | undefined;
    await this.store.withRun(found, async (tx, run) => {
      const { runId, tenantId, state, pausesFor } = run;
      if (isFirstPassNews(run)) await this.store.markFirstPass(tx, runId);
      if (pausesItself(run) && pausesFor !== null) {
        await this.pauses.pauseIn(tx, { id: runId, tenantId }, pausesFor);
        paused = pausesFor;
      }
      if (!isDone(run)) return;
      const ended = state === 'stopped' ? 'stopped' : 'completed';
      await this.runs.change(tx, runId, { state: ended, why: null, endedAt: 'now' });
      await this.work.remove(tx, 'run', runId);
      await this.work.add(tx, 'event', { runId, tenantId });
      if ((run.messages.uncertain ?? 0) > 0) await this.work.add(tx, 'held', { runId, tenantId });
      this.observer.completed({ state: ended });
    });
    if (paused !== undefined) this.pauses.paused(paused);
    else this.signals.raise('event');
  }
}

const hasAny = ({ messages }: OpenRun, holds: (state: MessageState) => boolean) =>
  Object.entries(messages).some(([state, count]) => count > 0 && holds(state as MessageState));

const isDone = (run: OpenRun) =>
  (run.state === 'running' || run.state === 'stopped') && !run.isBeingMade && !hasAny(run, isOpen);

/** What it was to feed was tried, and there is more. */
const pausesItself = (run: OpenRun) =>
  run.state === 'running' && run.pausesFor !== null && !run.isBeingMade && !isDone(run);

/** Each message was tried once; a stopped run never gets there. */
const isFirstPassNews = (run: OpenRun) =>
  run.state === 'running' && !run.isFirstPassDone && !hasAny(run, isUntried);

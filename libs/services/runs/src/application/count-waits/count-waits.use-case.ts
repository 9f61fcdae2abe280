import { Injectable } from '@nestjs/common';
import type { Wait } from '@mailrun/contracts';
import { isFinal } from '../../domain/runs/message-state.js';
import { countWaits, type WaitingCounts } from '../../domain/runs/waits-for.js';
import { EngineObserver } from '../ports/engine-observer.port.js';
import { RunReads } from '../ports/run-reads.port.js';
import { WorkIndex } from '../ports/work-index.port.js';

/** Counts, over all runs, how many messages wait for what: nothing waits without showing. */
@Injectable()
export class CountWaits {
  constructor(
    private readonly work: WorkIndex,
    private readonly reads: RunReads,
    private readonly observer: EngineObserver,
  ) {}

  async count(): Promise<void> {
    const held = await this.work.list('held');
    const runs = new Map([...held, ...(await this.work.list('run'))].map((run) => [run.runId, run]));
    const sums = new Map<Wait['for'], number>();
    for (const run of await this.reads.waiting([...runs.values()])) {
      const item = held.find(({ runId }) => runId === run.runId);
      if (item !== undefined && !hasNews(run)) await this.work.done('held', item);
      for (const [kind, messages] of countWaits(run)) sums.set(kind, (sums.get(kind) ?? 0) + messages);
    }
    this.observer.waiting(sums);
  }
}

/** Whether something is held, or turned out to be under way and lets the run be running again. */
const hasNews = ({ messages }: WaitingCounts): boolean =>
  Object.entries(messages).some(([state, count]) => count > 0 && !isFinal(state as keyof typeof messages));

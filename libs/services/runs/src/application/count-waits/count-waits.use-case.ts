import { Injectable } from '@nestjs/common';
import type { Wait } from '@mailrun/contracts';
import { countWaits } from '../../domain/runs/waits-for.js';
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
      const decided = held.find(({ runId }) => runId === run.runId && (run.messages.uncertain ?? 0) === 0);
      if (decided !== undefined) await this.work.done('held', decided);
      for (const [kind, messages] of countWaits(run)) sums.set(kind, (sums.get(kind) ?? 0) + messages);
    }
    this.observer.waiting(sums);
  }
}

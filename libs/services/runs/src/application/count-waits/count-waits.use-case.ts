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
    const runs = [...(await this.work.list('run')), ...(await this.work.list('held'))];
    const sums = new Map<Wait['for'], number>();
    for (const run of await this.reads.waiting(runs)) {
      for (const [kind, messages] of countWaits(run)) sums.set(kind, (sums.get(kind) ?? 0) + messages);
    }
    this.observer.waiting(sums);
  }
}

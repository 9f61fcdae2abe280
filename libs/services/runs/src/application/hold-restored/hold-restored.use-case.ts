import { Injectable } from '@nestjs/common';
import { ApplyOutcomes } from '../apply-outcomes/apply-outcomes.use-case.js';
import { Dispatcher } from '../ports/dispatcher.port.js';
import { RestoredCopies } from '../ports/restored-copies.port.js';
import { WorkIndex, type WorkItem } from '../ports/work-index.port.js';

/** Messages of one chunk. */
const mostMessages = 200;
/** Copies of one call. */
const mostCopies = 1000;

/**
 * After the database was restored: names every copy that was fed to the dispatcher, also those that outcomes from after the
 * backup, which were still on the bus, made accepted or final here. What the dispatcher knows nothing of becomes uncertain
 * on both sides; of the others its answer, which outweighs whatever was said before, is applied.
 */
@Injectable()
export class HoldRestored {
  constructor(
    private readonly work: WorkIndex,
    private readonly copies: RestoredCopies,
    private readonly dispatcher: Dispatcher,
    private readonly outcomes: ApplyOutcomes,
  ) {}

  /** One chunk of each run. @returns whether there is more */
  async holdAll(): Promise<boolean> {
    let hasMore = false;
    for (const item of await this.work.list('restored')) {
      if (await this.hold(item)) hasMore = true;
      else await this.work.done('restored', item);
    }
    return hasMore;
  }

  private async hold(run: WorkItem): Promise<boolean> {
    const chunk = await this.copies.next(run, mostMessages);
    if (chunk === undefined) return false;
    const { runId, tenantId, mode, restoredTo } = chunk;
    for (const { round, copies } of chunk.rounds) {
      for (let from = 0; from < copies.length; from += mostCopies) {
        const outcomes = await this.dispatcher.restoreCopies(
          tenantId,
          { runId, mode, round, restoredTo },
          copies.slice(from, from + mostCopies),
        );
        await this.outcomes.applyOf(tenantId, outcomes);
      }
    }
    await this.copies.advance(chunk);
    return true;
  }
}

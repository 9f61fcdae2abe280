import { Injectable } from '@nestjs/common';
import { ApplyOutcomes } from '../apply-outcomes/apply-outcomes.use-case.js';
import { PipelineRate } from '../pipeline-rate.js';
import { HandOverMessages } from '../feed-runs/hand-over-messages.js';
import { Dispatcher } from '../ports/dispatcher.port.js';
import { EngineObserver } from '../ports/engine-observer.port.js';
import { WatchStore } from '../ports/watch-store.port.js';

const mostAtOnce = 500;
/**
 * While nothing at all is accepted for so long, the steps stand still, or everything on its way was lost: only a few
 * are tried, once in that time, and not the whole backlog again. As soon as one is accepted, the others follow.
 */
const standsStillAfterMs = 10_000;
const probes = 10;

/**
 * Looks after messages under way whose news may be lost: feeds again what was fed and not accepted, and asks the
 * dispatcher about what was. Nothing that was accepted is ever fed again.
 */
@Injectable()
export class WatchMessages {
  private fedAgainAt = 0;

  constructor(
    private readonly store: WatchStore,
    private readonly dispatcher: Dispatcher,
    private readonly outcomes: ApplyOutcomes,
    private readonly messages: HandOverMessages,
    private readonly rate: PipelineRate,
    private readonly observer: EngineObserver,
  ) {}

  /** @returns whether there may be more that is due */
  async watch(): Promise<boolean> {
    const mostFedAgain = this.mostFedAgain();
    const { fedAgain, asked, count } = await this.store.takeDue(mostAtOnce, mostFedAgain);
    if (fedAgain.length > 0) this.fedAgainAt = Date.now();
    for (const { round, records, ...run } of fedAgain) {
      await this.messages.handOver({ ...run, records: records.map((record) => ({ round, record })) });
      this.observer.fedAgain({ messages: records.length });
    }
    for (const { tenantId, copies } of asked) {
      const outcomes = await this.dispatcher.queryOutcomes(tenantId, copies);
      this.observer.asked({ copies: copies.length });
      await this.outcomes.applyOf(tenantId, outcomes);
    }
    return count === mostAtOnce;
  }

  private mostFedAgain(): number {
    if (this.rate.hasMoved(standsStillAfterMs)) return mostAtOnce;
    return Date.now() - this.fedAgainAt < standsStillAfterMs ? 0 : probes;
  }
}

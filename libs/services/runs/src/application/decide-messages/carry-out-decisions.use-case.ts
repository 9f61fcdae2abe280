import { Injectable } from '@nestjs/common';
import { ApplyOutcomes } from '../apply-outcomes/apply-outcomes.use-case.js';
import { DecisionStore, type OpenDecision } from '../ports/decision-store.port.js';
import { Dispatcher } from '../ports/dispatcher.port.js';
import { WorkIndex, type WorkItem } from '../ports/work-index.port.js';
import { SettleRuns } from '../settle-runs/settle-runs.use-case.js';

/** Messages of one call. Each may have some uncertain copies, and a call takes a thousand. */
const mostMessages = 200;

/**
 * Carries out decisions, in chunks: copies are named to the dispatcher in the revision that is known here, and its
 * answers are applied as outcomes. A repeat changes nothing: what was decided is not uncertain in that revision any more.
 */
@Injectable()
export class CarryOutDecisions {
  constructor(
    private readonly work: WorkIndex,
    private readonly decisions: DecisionStore,
    private readonly dispatcher: Dispatcher,
    private readonly outcomes: ApplyOutcomes,
    private readonly settling: SettleRuns,
  ) {}

  /** One chunk of each run. @returns whether there is more */
  async carryOutAll(): Promise<boolean> {
    let hasMore = false;
    for (const item of await this.work.list('decide')) {
      if (await this.carryOut(item)) hasMore = true;
      else await this.work.done('decide', item);
    }
    return hasMore;
  }

  private async carryOut(run: WorkItem): Promise<boolean> {
    const decision = await this.decisions.next(run, mostMessages);
    if (decision === undefined) return false;
    const { tenantId, copies } = decision;
    if (copies.length === 0) {
      await this.decisions.finish(decision);
      // Nothing may have changed that would end the run.
      this.settling.settleSoon([run]);
      return true;
    }
    const asked = { decision: decision.decision, detail: detailOf(decision) };
    const { outcomes, refused } = await this.dispatcher.decideCopies(tenantId, asked, copies);
    await this.outcomes.applyOf(tenantId, outcomes);
    await this.decisions.advance(decision, refused);
    return true;
  }
}

/** For the history: who decided, and why. */
const detailOf = ({ actor, note }: OpenDecision): string =>
  `Decided${actor === null ? '' : ` by ${actor}`}${note === null ? '' : `: ${note}`}`.slice(0, 1000);

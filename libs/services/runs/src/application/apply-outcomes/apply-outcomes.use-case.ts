import { Injectable } from '@nestjs/common';
import type { MessageOutcome } from '@mailrun/contracts';
import { applyOutcome, type AppliedOutcome } from '../../domain/runs/apply-outcome.js';
import { isOpen, isUntried } from '../../domain/runs/message-state.js';
import { PipelineRate } from '../pipeline-rate.js';
import { EngineObserver } from '../ports/engine-observer.port.js';
import { OutcomeStore, type MessageChange, type StoredMessage } from '../ports/outcome-store.port.js';
import { SettleRuns } from '../settle-runs/settle-runs.use-case.js';
import { WorkSignals } from '../work-signals.js';

export interface TenantOutcome {
  readonly tenantId: string;
  readonly outcome: MessageOutcome;
}

/**
 * Applies what the dispatcher says, in batches: from the bus, or from the periodic question. Replays, disorder and
 * losses change nothing, since each copy's revision only grows.
 */
@Injectable()
export class ApplyOutcomes {
  constructor(
    private readonly store: OutcomeStore,
    private readonly settling: SettleRuns,
    private readonly rate: PipelineRate,
    private readonly signals: WorkSignals,
    private readonly observer: EngineObserver,
  ) {}

  async apply(outcomes: readonly TenantOutcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const startedAt = performance.now();
    const keys = outcomes.map(({ tenantId, outcome: { messageId } }) => ({ tenantId, messageId }));
    const changes = await this.store.inBatch(keys, async ({ messages, write }) => {
      const decided = decide(messages, outcomes);
      if (decided.length > 0) await write(decided);
      return decided;
    });
    this.goOn(changes);
    const news = changes.reduce((sum, change) => sum + change.outcomes.length, 0);
    this.observer.applied({
      outcomes: outcomes.length,
      news,
      seconds: (performance.now() - startedAt) / 1000,
    });
  }

  /** After the commit: the next messages may be fed, and runs may be done. */
  private goOn(changes: readonly MessageChange[]): void {
    const left = changes.filter(
      ({ message, applied }) => message.state === 'queued' && applied.state !== 'queued',
    );
    if (left.length > 0) this.rate.add(left.length);
    if (changes.length > 0) this.signals.raise('feed');
    const settled = changes.filter(
      ({ message, applied }) =>
        !isOpen(applied.state, message.inDoubtPolicy) ||
        (isUntried(message.state) && !isUntried(applied.state)),
    );
    this.settling.settleSoon(settled.map(({ message: { runId, tenantId } }) => ({ runId, tenantId })));
  }
}

/** What the outcomes make of their messages; several of one message are applied one after the other. */
export function decide(
  messages: ReadonlyMap<string, StoredMessage>,
  outcomes: readonly TenantOutcome[],
): MessageChange[] {
  const changes = new Map<
    string,
    { message: StoredMessage; outcomes: MessageOutcome[]; applied: AppliedOutcome }
  >();
  const ordered = [...outcomes].sort((a, b) => a.outcome.revision - b.outcome.revision);
  for (const { tenantId, outcome } of ordered) {
    const message = messages.get(outcome.messageId);
    if (message === undefined || message.tenantId !== tenantId) continue;
    const change = changes.get(message.id);
    const applied = applyOutcome({ ...message, ...change?.applied }, outcome);
    if (applied === undefined) continue;
    changes.set(message.id, { message, outcomes: [...(change?.outcomes ?? []), outcome], applied });
  }
  return [...changes.values()];
}

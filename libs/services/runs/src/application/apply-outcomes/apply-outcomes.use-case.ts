import { Injectable } from '@nestjs/common';
import type { MessageOutcome } from '@mailrun/contracts';
import { applyOutcome, hasReached, type AppliedOutcome } from '../../domain/runs/apply-outcome.js';
import {
  applyToEarlierCopy,
  earlierStateOf,
  isLostMail,
  stateOfCopies,
  type EarlierCopy,
} from '../../domain/runs/copies.js';
import { isOpen, isUntried } from '../../domain/runs/message-state.js';
import { PauseFailingRuns } from '../pause-itself/pause-failing-runs.js';
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
    private readonly failing: PauseFailingRuns,
  ) {}

  /** Those of one tenant, as the dispatcher answers them. */
  applyOf(tenantId: string, outcomes: readonly MessageOutcome[]): Promise<void> {
    return this.apply(outcomes.map((outcome) => ({ tenantId, outcome })));
  }

  async apply(outcomes: readonly TenantOutcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const startedAt = performance.now();
    const keys = outcomes.map(({ tenantId, outcome: { messageId } }) => ({ tenantId, messageId }));
    const changes = await this.store.inBatch(keys, async (batch) => {
      const late = outcomes.filter(
        ({ outcome: { messageId, copy } }) => copy < (batch.messages.get(messageId)?.copy ?? 1),
      );
      const earlier =
        late.length === 0
          ? noCopies
          : await batch.earlierCopies([...new Set(late.map(({ outcome: { messageId } }) => messageId))]);
      const decided = decide(batch.messages, outcomes, earlier);
      if (decided.length > 0) await batch.write(decided);
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
    this.failing.hear(changes);
    if (changes.length > 0) this.signals.raise('feed');
    if (changes.some(({ outcomes }) => outcomes.some(isLostMail))) this.signals.raise('round');
    const settled = changes.filter(
      ({ message, applied }) =>
        !isOpen(applied.state) || (isUntried(message.state) && !isUntried(applied.state)),
    );
    this.settling.settleSoon(settled.map(({ message: { runId, tenantId } }) => ({ runId, tenantId })));
  }
}

const noCopies: ReadonlyMap<string, readonly EarlierCopy[]> = new Map();

/** What the outcomes make of their messages; several of one message are applied one after the other. */
export function decide(
  messages: ReadonlyMap<string, StoredMessage>,
  outcomes: readonly TenantOutcome[],
  earlier: ReadonlyMap<string, readonly EarlierCopy[]> = noCopies,
): MessageChange[] {
  const changes = new Map<string, MessageChange>();
  const ordered = [...outcomes].sort((a, b) => a.outcome.revision - b.outcome.revision);
  for (const { tenantId, outcome } of ordered) {
    const message = messages.get(outcome.messageId);
    if (message === undefined || message.tenantId !== tenantId) continue;
    const before = changes.get(message.id);
    const change =
      outcome.copy < message.copy
        ? changeOfEarlier(message, before, earlier.get(message.id) ?? [], outcome)
        : changeOfNewest(message, before, outcome);
    if (change !== undefined)
      changes.set(message.id, { ...change, outcomes: [...(before?.outcomes ?? []), outcome] });
  }
  return [...changes.values()];
}

type Change = Omit<MessageChange, 'outcomes'>;

function changeOfNewest(
  message: StoredMessage,
  before: Change | undefined,
  outcome: MessageOutcome,
): Change | undefined {
  const earlierState = before?.earlier === undefined ? message.earlierState : before.earlier.state;
  const applied = applyOutcome({ ...message, ...before?.applied, earlierState }, outcome);
  return applied && { ...before, message, applied };
}

/** The newest copy stays as it is; the message changes where the earlier one came to more. */
function changeOfEarlier(
  message: StoredMessage,
  before: Change | undefined,
  known: readonly EarlierCopy[],
  outcome: MessageOutcome,
): Change | undefined {
  const copies = before?.earlier?.copies ?? known;
  const copy = copies.find((one) => one.copy === outcome.copy);
  const changed = copy && applyToEarlierCopy(copy, outcome);
  if (changed === undefined) return undefined;
  const all = copies.map((one) => (one === copy ? changed : one));
  const state = earlierStateOf(all.map((one) => one.state));
  const now: Pick<StoredMessage, 'state' | 'reason' | 'own' | 'revision' | 'hasAccepted'> = {
    ...message,
    ...before?.applied,
  };
  const hasAccepted = now.hasAccepted || hasReached(outcome);
  const applied: AppliedOutcome = {
    ...stateOfCopies(now.own ?? { state: now.state, reason: now.reason }, state, hasAccepted),
    revision: now.revision,
    hasAccepted,
  };
  return { message, applied, earlier: { copies: all, state } };
}

import type { MessageOutcome, MessageState } from '@mailrun/contracts';

/** What runs keeps of a message that an outcome may change. */
export interface KnownMessage {
  readonly id: string;
  /** The newest copy: `revision` is the last one applied of it. */
  readonly copy: number;
  readonly revision: number;
  readonly state: MessageState;
  /** Whether any copy reached any recipient. */
  readonly hasAccepted: boolean;
}

export interface AppliedOutcome {
  readonly state: MessageState;
  readonly reason: string | null;
  readonly revision: number;
  readonly hasAccepted: boolean;
}

/**
 * What an outcome of the newest copy makes of its message; undefined when it is no news. Outcomes come replayed, late
 * and out of order: only a greater revision counts. A recipient once accepted stays so: a later copy that fails leaves
 * the message partly sent.
 */
export function applyOutcome(message: KnownMessage, outcome: MessageOutcome): AppliedOutcome | undefined {
  if (outcome.copy !== message.copy || outcome.revision <= message.revision) return undefined;
  // Never fed, or dropped out when fed: whatever this outcome is about, it is not this copy.
  if (message.state === 'pending' || message.state === 'skipped') return undefined;
  const isAcceptedBefore = message.hasAccepted;
  const hasAccepted = isAcceptedBefore || outcome.recipients.some(({ state }) => state === 'accepted');
  const isLost = outcome.state === 'failed' || outcome.state === 'stopped';
  return {
    state: isLost && isAcceptedBefore ? 'partly-sent' : outcome.state,
    reason:
      outcome.state === 'sent' || outcome.state === 'accepted'
        ? null
        : (outcome.reply?.code ?? defaultReason(outcome.state)),
    revision: outcome.revision,
    hasAccepted,
  };
}

function defaultReason(state: MessageState): string | null {
  return state === 'stopped' ? 'run-stopped' : null;
}

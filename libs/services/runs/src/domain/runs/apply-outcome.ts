import type { MessageOutcome, MessageState } from '@mailrun/contracts';
import { ownState, stateOfCopies, type EarlierState, type OwnState } from './copies.js';

/** What runs keeps of a message that an outcome may change. */
export interface KnownMessage {
  readonly id: string;
  /** The newest copy: `revision` is the last one applied of it. */
  readonly copy: number;
  readonly revision: number;
  readonly state: MessageState;
  /** Whether any copy reached any recipient. */
  readonly hasAccepted: boolean;
  /** Of the copies before the newest one. */
  readonly earlierState: EarlierState | null;
}

export interface AppliedOutcome {
  readonly state: MessageState;
  readonly reason: string | null;
  /** Of the newest copy, where an earlier one decides the message's state. */
  readonly own: OwnState | null;
  readonly revision: number;
  readonly hasAccepted: boolean;
}

/**
 * What an outcome of the newest copy makes of its message; undefined when it is no news. Outcomes come replayed, late
 * and out of order: only a greater revision counts. A recipient once accepted stays so: a later copy that fails leaves
 * the message partly sent, or sent.
 */
export function applyOutcome(message: KnownMessage, outcome: MessageOutcome): AppliedOutcome | undefined {
  if (outcome.copy !== message.copy || outcome.revision <= message.revision) return undefined;
  // Never fed, or dropped out when fed: whatever this outcome is about, it is not this copy.
  if (message.state === 'pending' || message.state === 'skipped') return undefined;
  return {
    ...stateOfCopies(ownState(outcome), message.earlierState, message.hasAccepted),
    revision: outcome.revision,
    hasAccepted: message.hasAccepted || hasReached(outcome),
  };
}

export const hasReached = ({ recipients }: MessageOutcome): boolean =>
  recipients.some(({ state }) => state === 'accepted');

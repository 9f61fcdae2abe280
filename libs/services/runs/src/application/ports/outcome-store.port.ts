import type { MessageOutcome } from '@mailrun/contracts';
import type { AppliedOutcome, KnownMessage } from '../../domain/runs/apply-outcome.js';
import type { EarlierCopy, EarlierState, OwnState } from '../../domain/runs/copies.js';

/** A message that outcomes may change, locked. */
export interface StoredMessage extends KnownMessage {
  readonly tenantId: string;
  readonly runId: string;
  readonly preparationId: string;
  readonly reason: string | null;
  /** Of the newest copy, where an earlier one decides the message's state. */
  readonly own: OwnState | null;
  readonly nextTryAt: Date | null;
  /** How many it carries. */
  readonly invoices: number;
}

export interface MessageChange {
  readonly message: StoredMessage;
  /** Outcomes that were news, of any copy, in the order of their revisions. */
  readonly outcomes: readonly MessageOutcome[];
  readonly applied: AppliedOutcome;
  /** Where outcomes of copies before the newest one were news: all of these copies, and what they come to. */
  readonly earlier?: { readonly copies: readonly EarlierCopy[]; readonly state: EarlierState | null };
}

/** Everything of it lives in one transaction. */
export interface OutcomeBatch {
  /** By message id; those that are unknown to the tenant are left out. */
  readonly messages: ReadonlyMap<string, StoredMessage>;
  /** The copies before the newest one, of messages that have such. */
  earlierCopies(messageIds: readonly string[]): Promise<ReadonlyMap<string, readonly EarlierCopy[]>>;
  write(changes: readonly MessageChange[]): Promise<void>;
}

/** Messages and what the dispatcher said of them. */
export abstract class OutcomeStore {
  /** Messages are locked in the order of their ids, so that two batches never wait for each other in a circle. */
  abstract inBatch<Result>(
    messages: readonly { readonly tenantId: string; readonly messageId: string }[],
    work: (batch: OutcomeBatch) => Promise<Result>,
  ): Promise<Result>;
}

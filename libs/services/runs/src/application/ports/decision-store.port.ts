import type { Decision } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import type { PendingDecision } from '../../domain/runs/run-refusals.js';
import type { DecidedCopies, DecidedCopy } from './dispatcher.port.js';

type RunRef = { readonly runId: string; readonly tenantId: string };

export interface NewDecision {
  readonly decision: Decision;
  /** Null: about all that are uncertain. */
  readonly messageId: string | null;
  readonly note: string | null;
  /** Who decided. */
  readonly actor: string | null;
}

/** A decision that is not carried out yet, and the next copies that it is about. */
export interface OpenDecision extends RunRef, NewDecision {
  readonly id: string;
  /** The last message that was named to the dispatcher. */
  readonly checkpoint: string | null;
  /** Copies of messages after the checkpoint, by message. None: the decision is done. */
  readonly copies: readonly DecidedCopy[];
}

/** What people decided about uncertain mails. */
export abstract class DecisionStore {
  /** In the transaction of the act. @returns its id */
  abstract insert(tx: Transaction, run: RunRef, decision: NewDecision): Promise<string>;

  /** One that is being carried out and that is about the message as well; without one: about any. */
  abstract findPending(
    tx: Transaction,
    runId: string,
    messageId: string | null,
  ): Promise<PendingDecision | undefined>;

  /** The oldest open decision of a run. */
  abstract next(run: RunRef, limit: number): Promise<OpenDecision | undefined>;

  /** What the dispatcher said of the copies. Nothing is counted twice, whoever else carries out the same decision. */
  abstract advance(decision: OpenDecision, refused: DecidedCopies['refused']): Promise<void>;

  abstract finish(decision: OpenDecision): Promise<void>;
}

import type { ChangedAddresses, MessageState } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import type { RoundKind } from '../../domain/runs/rounds.js';
import type { Run } from '../../domain/runs/run.js';

export interface NewRound {
  readonly kind: RoundKind;
  /** Of `resend`. */
  readonly messageId: string | null;
  readonly note: string | null;
}

export interface RoundMessage {
  readonly id: string;
  readonly runId: string;
  readonly state: MessageState;
}

type RunRef = { readonly runId: string; readonly tenantId: string };

/** Rounds, and the copies that are made in them. */
export abstract class RoundStore {
  /** In the transaction of the act, which has locked the run. Its gate is open; its copies are made by a worker. @returns its number */
  abstract begin(tx: Transaction, run: Run, round: NewRound): Promise<number>;

  /** Whether copies of such a round are still being made. */
  abstract isBeingMade(tx: Transaction, runId: string, kind: RoundKind): Promise<boolean>;

  /**
   * To whom the next copies of the run's messages in these states would go, where that differs from their last copy:
   * how many messages, and the first hundred. `without`: messages for which no address is left.
   */
  abstract changedAddresses(
    run: RunRef & { readonly kind: RoundKind; readonly messageId?: string },
  ): Promise<ChangedAddresses>;

  abstract findMessage(tx: Transaction, messageId: string): Promise<RoundMessage | undefined>;

  /** Makes the copy of a round for one message, in the transaction of the act. @returns whether there is an address */
  abstract makeOne(tx: Transaction, run: Run, round: number, messageId: string): Promise<boolean>;

  /**
   * Makes the next copies of a round, in one transaction that holds the run's feed. @returns whether there may be more
   */
  abstract makeNext(run: RunRef, limit: number): Promise<boolean>;

  /** Makes the next copies of mails that were lost, unless their round was stopped. @returns whether there may be more */
  abstract replaceLost(run: RunRef, limit: number): Promise<boolean>;
}

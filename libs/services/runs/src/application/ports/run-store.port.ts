import type { InDoubtPolicy, MessageState, Mode, RunState } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import type { NewRun, Run, Selection } from '../../domain/runs/run.js';

/** What changes in a run; what is left out stays. */
export interface RunChange {
  readonly state?: RunState;
  readonly why?: string | null;
  readonly mode?: Mode;
  readonly preparationId?: string;
  readonly inDoubtPolicy?: InDoubtPolicy;
  readonly preparedAt?: 'now' | null;
  readonly startedAt?: 'now';
  readonly resumedAt?: 'now';
  readonly endedAt?: 'now' | null;
}

export interface Count {
  readonly unit: 'invoices' | 'messages';
  readonly status: MessageState;
  /** '' where there is none. */
  readonly reason: string;
  readonly count: number;
}

/** What a selection names that is not there. */
export interface UnknownNames {
  readonly cluster: boolean;
  readonly invoiceCodes: readonly string[];
}

export interface RunningRun {
  readonly runId: string;
  readonly tenantId: string;
  readonly mode: Mode;
}

/** Runs as rows. All in the caller's transaction. */
export abstract class RunStore {
  abstract insert(tx: Transaction, tenantId: string, run: NewRun): Promise<string>;
  abstract find(tx: Transaction, id: string): Promise<Run | undefined>;
  /** Those of the given that are running, without locking them. */
  abstract running(tx: Transaction, ids: readonly string[]): Promise<RunningRun[]>;
  /**
   * Locked until the transaction ends: acts on a run come one after the other, and nothing is fed meanwhile. Its feed
   * is locked first, as feeding does.
   */
  abstract lock(tx: Transaction, id: string): Promise<Run | undefined>;
  abstract change(tx: Transaction, id: string, change: RunChange): Promise<void>;
  abstract findUnknown(tx: Transaction, tenantId: string, selection: Selection): Promise<UnknownNames>;
  /** Of a preparation, over all shards. */
  abstract counts(tx: Transaction, preparationId: string): Promise<Count[]>;
  /** Opens the first round, so that it is fed and the dispatcher is told. */
  abstract openRound(tx: Transaction, run: Run, round: number): Promise<void>;
  /** Pauses or opens again every round that is not stopped, with a greater revision. */
  abstract changeRounds(
    tx: Transaction,
    run: { readonly id: string },
    state: 'running' | 'paused',
  ): Promise<void>;
  /** Bounds how many messages may be fed from now on, before the run pauses itself; null: all. */
  abstract limitFeeding(tx: Transaction, run: Run, messages: number | null): Promise<void>;
  /** Feeds only what is in the round and later ones, and lets the run pause itself again when that was tried. */
  abstract holdRest(tx: Transaction, run: Run, round: number): Promise<void>;
  /** Stops every round, with a greater revision; no more copies are made in any. */
  abstract stopRounds(tx: Transaction, run: Run): Promise<void>;
}

import type { MessageState, RunState } from '@mailrun/contracts';
import type { SelfPause } from '../../domain/runs/self-pause.js';
import type { Transaction } from '@mailrun/platform-persistence';

export interface OpenRun {
  readonly runId: string;
  readonly tenantId: string;
  readonly state: RunState;
  readonly isFirstPassDone: boolean;
  /** Whether copies are to be made still, or a decision is to be carried out. */
  readonly isBeingMade: boolean;
  /** Where it feeds some messages only, and these were tried: why it pauses itself. */
  readonly pausesFor: SelfPause | null;
  /** How many messages are in each state. */
  readonly messages: Readonly<Partial<Record<MessageState, number>>>;
}

/** Runs under way and how far they are. */
export abstract class SettleStore {
  /** Those that are running or being stopped. */
  abstract openRuns(
    runs: readonly { readonly runId: string; readonly tenantId: string }[],
  ): Promise<OpenRun[]>;
  /** The same run, locked against acts and feeding. */
  abstract withRun(
    run: { readonly runId: string; readonly tenantId: string },
    work: (tx: Transaction, run: OpenRun) => Promise<void>,
  ): Promise<void>;
  abstract markFirstPass(tx: Transaction, runId: string): Promise<void>;
}

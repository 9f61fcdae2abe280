import type { MessageState } from '@mailrun/contracts';
import type { Database } from '@mailrun/platform-persistence';
import type { DecisionStore } from './decision-store.port.js';
import type { FeedStore } from './feed-store.port.js';
import type { GateStore } from './gate-store.port.js';
import type { OutcomeStore } from './outcome-store.port.js';
import type { RestoredCopies } from './restored-copies.port.js';
import type { RestoredRuns } from './restored-runs.port.js';
import type { RoundStore } from './round-store.port.js';
import type { RunStore } from './run-store.port.js';
import type { SettleStore } from './settle-store.port.js';
import type { WatchStore } from './watch-store.port.js';
import type { WorkIndex } from './work-index.port.js';

export interface RunRef {
  readonly runId: string;
  readonly tenantId: string;
}

/** A message as it is committed. */
export interface KnownRow {
  readonly id: string;
  readonly state: MessageState;
  readonly reason: string | null;
  readonly revision: number;
  readonly copy: number;
  readonly round: number;
}

/** The engine's ports over one database, and what a test needs besides: new for each test. */
export interface EngineStores {
  readonly database: Database;
  readonly runs: RunStore;
  readonly work: WorkIndex;
  readonly feeds: FeedStore;
  readonly outcomes: OutcomeStore;
  readonly watches: WatchStore;
  readonly gates: GateStore;
  readonly settling: SettleStore;
  readonly rounds: RoundStore;
  readonly decisions: DecisionStore;
  readonly restoredRuns: RestoredRuns;
  readonly restoredCopies: RestoredCopies;

  /**
   * A new run of the same definition, running in its first round: one message for each of so many customers, each with
   * one invoice. All runs begin with the same customers and invoices.
   */
  startedRun(customers: number): Promise<RunRef>;
  /** By id. */
  messages(run: RunRef): Promise<KnownRow[]>;
  /** @throws Error unless the counters are what the rows say */
  assertCounters(run: RunRef): Promise<void>;
  /** As if the time had come to look after all messages under way. */
  makeDue(run: RunRef): Promise<void>;
  /** As if nothing had been heard of the run's messages for an hour. */
  age(run: RunRef): Promise<void>;
  /** The customer of the run's n-th message, by id, is suspended. */
  suspend(run: RunRef, index: number): Promise<void>;
}

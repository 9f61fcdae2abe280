import type { MessageRun } from '@mailrun/contracts';
import type { Database } from '@mailrun/platform-persistence';
import type { EngineStores, KnownRow, RunRef } from '../application/ports/engine-stores.js';
import type { DecisionStore } from '../application/ports/decision-store.port.js';
import type { FeedStore } from '../application/ports/feed-store.port.js';
import type { RoundStore } from '../application/ports/round-store.port.js';
import type { RunStore } from '../application/ports/run-store.port.js';
import type { WorkIndex } from '../application/ports/work-index.port.js';
import { PostgresGateStore } from '../outbound/postgres/gate-store.postgres.js';
import { PostgresOutcomeStore } from '../outbound/postgres/outcome-store.postgres.js';
import { PostgresRestoredCopies } from '../outbound/postgres/restored-copies.postgres.js';
import { PostgresRestoredRuns } from '../outbound/postgres/restored-runs.postgres.js';
import { PostgresSettleStore } from '../outbound/postgres/settle-store.postgres.js';
import { PostgresWatchStore } from '../outbound/postgres/watch-store.postgres.js';
import { ours, type EngineHarness } from './engine.harness.js';

const mostRuns = 3;

/** The engine's ports over PostgreSQL, for their behaviour suites. */
export class PostgresEngine implements EngineStores {
  readonly database: Database;
  readonly runs: RunStore;
  readonly work: WorkIndex;
  readonly feeds: FeedStore;
  readonly outcomes: PostgresOutcomeStore;
  readonly watches: PostgresWatchStore;
  readonly gates: PostgresGateStore;
  readonly settling: PostgresSettleStore;
  readonly rounds: RoundStore;
  readonly decisions: DecisionStore;
  readonly restoredRuns: PostgresRestoredRuns;
  readonly restoredCopies: PostgresRestoredCopies;
  private readonly prepared: MessageRun[] = [];

  constructor(private readonly engine: EngineHarness) {
    const { replica, runsSettings, service } = engine;
    const { database } = service;
    this.database = database;
    this.runs = replica.runStore;
    this.work = replica.workIndex;
    this.feeds = replica.feedStore;
    this.outcomes = new PostgresOutcomeStore(database, runsSettings);
    this.watches = new PostgresWatchStore(database, this.work, runsSettings);
    this.gates = new PostgresGateStore(database);
    this.settling = new PostgresSettleStore(database);
    this.rounds = replica.rounds;
    this.decisions = replica.decisionStore;
    this.restoredRuns = new PostgresRestoredRuns(database);
    this.restoredCopies = new PostgresRestoredCopies(database);
  }

  async startedRun(customers: number): Promise<RunRef> {
    if (this.prepared.length === 0) {
      await this.engine.seedMany(customers);
      // All before any is fed: what another run has by then is no message of theirs.
      for (let i = 0; i < mostRuns; i += 1) this.prepared.push(await this.engine.prepared());
    }
    const run = this.prepared.shift()!;
    await this.engine.start(run);
    return { tenantId: ours, runId: run.id };
  }

  async messages({ tenantId, runId }: RunRef): Promise<KnownRow[]> {
    return this.database.inTenant(tenantId, (tx) =>
      tx.query<KnownRow>(
        'select id, state, reason, revision, copy, round from messages where run_id = $1 order by id',
        [runId],
      ),
    );
  }

  assertCounters({ tenantId, runId }: RunRef): Promise<void> {
    return this.engine.assertCounters(runId, tenantId);
  }

  makeDue({ runId }: RunRef): Promise<void> {
    return this.engine.makeWatchesDue(undefined, runId);
  }

  age({ runId }: RunRef): Promise<void> {
    return this.engine.change(
      `update messages set updated_at = updated_at - interval '1 hour' where run_id = $1`,
      [runId],
    );
  }

  suspend({ runId }: RunRef, index: number): Promise<void> {
    return this.engine.change(
      `update customers set suspended = true where id = (
         select customer_id from messages where run_id = $1 order by id offset $2 limit 1)`,
      [runId, index],
    );
  }
}

import { renderMessage, type MessageOutcome, type MessageRun, type RenderMessage } from '@mailrun/contracts';
import { MemoryBlobStore } from '@mailrun/platform-blobs/testing';
import { RecordingBus } from '@mailrun/platform-messaging/testing';
import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { RecordingLogger } from '@mailrun/platform-telemetry/testing';
import { AdvancePreparation } from '../application/advance-preparation/advance-preparation.use-case.js';
import { ApplyDocuments } from '../application/apply-documents/apply-documents.use-case.js';
import { ApplyOutcomes } from '../application/apply-outcomes/apply-outcomes.use-case.js';
import { CreateRun } from '../application/create-run/create-run.use-case.js';
import { CarryOutDecisions } from '../application/decide-messages/carry-out-decisions.use-case.js';
import { DecideMessages } from '../application/decide-messages/decide-messages.use-case.js';
import { HoldRestored } from '../application/hold-restored/hold-restored.use-case.js';
import { HandOverMessages } from '../application/feed-runs/hand-over-messages.js';
import { FeedRuns } from '../application/feed-runs/feed-runs.use-case.js';
import { PipelineRate } from '../application/pipeline-rate.js';
import { FakeDispatcher } from '../application/ports/dispatcher.fake.js';
import { NoEngineObserver } from '../application/ports/engine-observer.port.js';
import { FakePublishedDefinitions } from '../application/ports/published-definitions.fake.js';
import { FakeServerPauses } from '../application/ports/server-pauses.fake.js';
import { FakeTenantSettingsReader } from '../application/ports/tenant-settings-reader.fake.js';
import { PauseFailingRuns } from '../application/pause-itself/pause-failing-runs.js';
import { PauseOtherModes } from '../application/pause-itself/pause-other-modes.use-case.js';
import { PauseItself } from '../application/pause-itself/pause-itself.js';
import { BeginRound } from '../application/next-copies/begin-round.js';
import { MakeNextCopies } from '../application/next-copies/make-next-copies.use-case.js';
import { RetryMessages } from '../application/next-copies/retry-messages.use-case.js';
import { PauseRun } from '../application/pause-run/pause-run.use-case.js';
import { PrepareRun } from '../application/prepare-run/prepare-run.use-case.js';
import { ReadRuns } from '../application/read-runs/read-runs.use-case.js';
import { PublishRunEvents } from '../application/publish-run-events/publish-run-events.use-case.js';
import { ResendMessage } from '../application/resend-message/resend-message.use-case.js';
import { ResumeRun } from '../application/resume-run/resume-run.use-case.js';
import { RunActs } from '../application/run-acts.js';
import { SettleRuns } from '../application/settle-runs/settle-runs.use-case.js';
import { StopMessages } from '../application/stop-run/stop-messages.use-case.js';
import { StartRun } from '../application/start-run/start-run.use-case.js';
import { StopRun } from '../application/stop-run/stop-run.use-case.js';
import { TellGates } from '../application/tell-gates/tell-gates.use-case.js';
import { WatchMessages } from '../application/watch-messages/watch-messages.use-case.js';
import { WorkSignals } from '../application/work-signals.js';
import type { NewRun } from '../domain/runs/run.js';
import { PostgresDecisionStore } from '../outbound/postgres/decision-store.postgres.js';
import { PostgresFeedStore } from '../outbound/postgres/feed-store.postgres.js';
import { PostgresGateStore } from '../outbound/postgres/gate-store.postgres.js';
import { runsMigrations } from '../outbound/postgres/migrations/index.js';
import { PostgresOutcomeStore } from '../outbound/postgres/outcome-store.postgres.js';
import { PostgresPreparationStore } from '../outbound/postgres/preparation-store.postgres.js';
import { PostgresRestoredCopies } from '../outbound/postgres/restored-copies.postgres.js';
import { PostgresRoundStore } from '../outbound/postgres/round-store.postgres.js';
import { PostgresRunReads } from '../outbound/postgres/run-reads.postgres.js';
import { PostgresRunStore } from '../outbound/postgres/run-store.postgres.js';
import { PostgresSettleStore } from '../outbound/postgres/settle-store.postgres.js';
import { PostgresWatchStore } from '../outbound/postgres/watch-store.postgres.js';
import { PostgresWorkIndex } from '../outbound/postgres/work-index.postgres.js';
import { assertCountersEqualRows } from './assert-counters-equal-rows.js';
import { seedCustomers, seedManyCustomers, type CustomerSeed } from './billing-rows.js';
import { publishedDefinition } from './published-definition.builder.js';

export const ours = '01900000-0000-7000-8000-000000000001';
export const theirs = '01900000-0000-7000-8000-000000000002';

export const wholeMay: NewRun['selection'] = {
  clusterCode: 'ALL',
  includeDescendants: true,
  periodFirstDay: '2025-05-01',
  periodLastDay: '2025-05-31',
};

/** One replica of the engine: its use cases over the shared database, with a bus of its own that only records. */
export class EngineReplica {
  readonly bus = new RecordingBus();
  readonly logger = new RecordingLogger();
  readonly signals = new WorkSignals();
  readonly workIndex: PostgresWorkIndex;
  readonly runStore = new PostgresRunStore();
  readonly preparations: PostgresPreparationStore;
  readonly gates: TellGates;
  readonly advancing: AdvancePreparation;
  readonly documents: ApplyDocuments;
  readonly rate = new PipelineRate();
  readonly feedStore: PostgresFeedStore;
  readonly feeding: FeedRuns;
  readonly settling: SettleRuns;
  readonly outcomes: ApplyOutcomes;
  readonly watching: WatchMessages;
  readonly stoppingMessages: StopMessages;
  readonly pauses: PauseItself;
  readonly failing: PauseFailingRuns;
  readonly modes: PauseOtherModes;
  readonly rounds: PostgresRoundStore;
  readonly copies: MakeNextCopies;
  readonly decisionStore: PostgresDecisionStore;
  readonly decisions: CarryOutDecisions;
  readonly restored: HoldRestored;
  readonly events: PublishRunEvents;

  constructor(readonly harness: EngineHarness) {
    const { database } = harness.service;
    this.workIndex = new PostgresWorkIndex(database);
    this.preparations = new PostgresPreparationStore(database);
    this.gates = new TellGates(
      new PostgresGateStore(database),
      this.workIndex,
      harness.dispatcher,
      this.bus,
      this.logger,
    );
    this.advancing = new AdvancePreparation(
      this.preparations,
      this.runStore,
      this.workIndex,
      this.bus,
      this.signals,
    );
    this.documents = new ApplyDocuments(this.preparations, this.signals);
    const observer = new NoEngineObserver();
    this.pauses = new PauseItself(database, this.runStore, this.workIndex, this.signals, observer);
    this.settling = new SettleRuns(
      new PostgresSettleStore(database),
      this.runStore,
      this.workIndex,
      this.signals,
      observer,
      this.pauses,
    );
    this.failing = new PauseFailingRuns(this.pauses, this.signals, harness.runsSettings);
    this.modes = new PauseOtherModes(database, this.workIndex, this.runStore, harness.settings, this.pauses);
    this.outcomes = new ApplyOutcomes(
      new PostgresOutcomeStore(database, harness.runsSettings),
      this.settling,
      this.rate,
      this.signals,
      observer,
      this.failing,
    );
    this.feedStore = new PostgresFeedStore(database, this.workIndex, harness.runsSettings);
    const messages = new HandOverMessages(this.bus, harness.dispatcher, this.outcomes);
    this.feeding = new FeedRuns(this.feedStore, messages, this.rate, this.signals, observer);
    const watches = new PostgresWatchStore(database, this.workIndex, harness.runsSettings);
    this.watching = new WatchMessages(
      watches,
      harness.dispatcher,
      this.outcomes,
      messages,
      this.rate,
      observer,
    );
    this.stoppingMessages = new StopMessages(
      database,
      this.workIndex,
      this.runStore,
      watches,
      harness.dispatcher,
      this.outcomes,
      this.settling,
    );
    this.rounds = new PostgresRoundStore(database);
    this.copies = new MakeNextCopies(this.workIndex, this.rounds, this.settling, this.signals);
    this.decisionStore = new PostgresDecisionStore(database);
    this.decisions = new CarryOutDecisions(
      this.workIndex,
      this.decisionStore,
      harness.dispatcher,
      this.outcomes,
      this.settling,
    );
    this.restored = new HoldRestored(
      this.workIndex,
      new PostgresRestoredCopies(database),
      harness.dispatcher,
      this.outcomes,
    );
    this.events = new PublishRunEvents(database, this.workIndex, new PostgresRunReads(database), this.bus);
  }

  /** The messages published for rendering since the harness began. */
  fed(): readonly RenderMessage[] {
    return this.bus.bodiesOf(renderMessage);
  }

  /** What the dispatcher says of messages, as the bus would bring it. */
  async hear(outcomes: readonly MessageOutcome[], tenantId = ours): Promise<void> {
    await this.outcomes.applyOf(tenantId, outcomes);
  }

  /** Works until the preparation is done, or waits for the renderer. */
  async prepareOn(tenantId: string, runId: string): Promise<'done' | 'wait'> {
    for (;;) {
      const advance = await this.advancing.advance({ tenantId, runId });
      if (advance !== 'again') return advance;
    }
  }
}

/** The engine over a real PostgreSQL, with the other services as fakes. */
export class EngineHarness {
  readonly definitions = new FakePublishedDefinitions();
  readonly settings = new FakeTenantSettingsReader();
  readonly dispatcher = new FakeDispatcher();
  readonly blobs = new MemoryBlobStore();
  readonly runsSettings = { maxFailedShare: 0.5, askAfterMs: 600_000, feedAgainMs: 15_000, pollMs: 500 };
  readonly replica: EngineReplica;
  readonly creation: CreateRun;
  readonly preparing: PrepareRun;
  readonly starting: StartRun;
  readonly pausing: PauseRun;
  readonly resuming: ResumeRun;
  readonly retrying: RetryMessages;
  readonly resending: ResendMessage;
  readonly deciding: DecideMessages;
  readonly stopping: StopRun;
  readonly reading: ReadRuns;
  readonly serverPauses = new FakeServerPauses();

  constructor(readonly service: ServiceTestDatabase) {
    const { database } = service;
    this.definitions.publish(publishedDefinition());
    this.replica = new EngineReplica(this);
    const { runStore, workIndex, signals, preparations } = this.replica;
    const reads = new PostgresRunReads(database);
    this.creation = new CreateRun(database, runStore, reads, this.definitions, this.settings);
    this.preparing = new PrepareRun(
      database,
      runStore,
      preparations,
      reads,
      this.definitions,
      this.settings,
      this.blobs,
      workIndex,
      signals,
    );
    const acts = new RunActs(database, runStore, reads, workIndex, signals);
    this.starting = new StartRun(acts, runStore, this.settings, workIndex);
    this.stopping = new StopRun(acts, runStore);
    this.pausing = new PauseRun(acts, runStore);
    this.resuming = new ResumeRun(acts, runStore, this.settings);
    const { rounds } = this.replica;
    const round = new BeginRound(runStore, rounds, workIndex);
    this.retrying = new RetryMessages(database, acts, round, rounds, runStore, this.settings, workIndex);
    this.deciding = new DecideMessages(
      database,
      acts,
      runStore,
      rounds,
      this.replica.decisionStore,
      this.settings,
      workIndex,
    );
    this.resending = new ResendMessage(database, acts, round, rounds, this.settings);
    this.reading = new ReadRuns(database, reads, this.serverPauses);
  }

  /** A database for the tests of a file. */
  static openService(): Promise<ServiceTestDatabase> {
    return createServiceDatabase('runs', runsMigrations);
  }

  /** A new engine over the emptied database. */
  static async over(service: ServiceTestDatabase): Promise<EngineHarness> {
    const tables = await service.owner.query<{ name: string }>(
      `select format('%I.%I', nspname, relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where nspname = $1 and relkind in ('r', 'p') and not relispartition
         and relname not in ('migrations', 'partitioned_tables')`,
      [service.schema],
    );
    await service.owner.query(`truncate ${tables.map(({ name }) => name).join(', ')}`);
    return new EngineHarness(service);
  }

  /** Counts of a run's messages by status. */
  async messages(runId: string, tenantId = ours): Promise<Record<string, number>> {
    const run = await this.reading.get(tenantId, runId);
    const counts: Record<string, number> = {};
    for (const { status, count } of run.messages) counts[status] = (counts[status] ?? 0) + count;
    return counts;
  }

  seed(customers: readonly CustomerSeed[], tenantId = ours): Promise<void> {
    return this.service.database.inTenant(tenantId, (tx) => seedCustomers(tx, tenantId, customers));
  }

  /** Customers `C1` … with one approved invoice and one document each. */
  seedMany(count: number, prefix = 'C', tenantId = ours): Promise<void> {
    return this.service.database.inTenant(tenantId, (tx) => seedManyCustomers(tx, tenantId, count, prefix));
  }

  async create(change: Partial<NewRun> = {}, tenantId = ours): Promise<string> {
    const run = { definitionKey: 'monthly', selection: wholeMay, bcc: [], sendAgain: false, note: null };
    const { body } = await this.creation.create({ tenantId }, { ...run, ...change });
    return (body as MessageRun).id;
  }

  /** A new run, prepared to its end. */
  async prepared(change: Partial<NewRun> = {}, tenantId = ours): Promise<MessageRun> {
    const id = await this.create(change, tenantId);
    return this.prepare(id, tenantId);
  }

  async prepare(id: string, tenantId = ours): Promise<MessageRun> {
    await this.preparing.prepare({ tenantId }, id, undefined);
    await this.replica.prepareOn(tenantId, id);
    return this.reading.get(tenantId, id);
  }

  async start(run: MessageRun, tenantId = ours): Promise<void> {
    const { preparationId, expectedMessages } = run;
    await this.starting.start({ tenantId }, run.id, {
      preparationId: preparationId!,
      expectedMessages: expectedMessages!,
    });
  }

  async started(change: Partial<NewRun> = {}, tenantId = ours): Promise<MessageRun> {
    const run = await this.prepared(change, tenantId);
    await this.start(run, tenantId);
    return run;
  }

  /** Reasons and statuses of a run's results, by invoice code. */
  async results(runId: string, tenantId = ours): Promise<Record<string, string>> {
    const rows = await this.service.database.inTenant(tenantId, (tx) =>
      tx.query<{ code: string; status: string }>(
        `select i.code, coalesce(r.skip_reason, m.state || coalesce(':' || m.reason, '')) as status
         from message_results r join invoices i on i.id = r.invoice_id left join messages m on m.id = r.message_id
         join message_runs u on u.id = r.run_id and u.preparation_id = r.preparation_id
         where r.run_id = $1 order by i.code`,
        [runId],
      ),
    );
    return Object.fromEntries(rows.map(({ code, status }) => [code, status]));
  }

  assertCounters(runId: string, tenantId = ours): Promise<void> {
    return this.service.database.inTenant(tenantId, (tx) => assertCountersEqualRows(tx, runId));
  }

  /** Past the use cases, as the billing half would change it. */
  async change(sql: string, values: readonly unknown[] = [], tenantId = ours): Promise<void> {
    await this.service.database.inTenant(tenantId, (tx) => tx.execute(sql, values));
  }

  /** The time of messages under way (of one run) to be looked after has come. @param at SQL, from `check_at` */
  async makeWatchesDue(at = `now() - interval '1 second'`, runId: string | null = null): Promise<void> {
    for (const watches of ['message_watches', 'batch_watches']) {
      await this.change(`update ${watches} set check_at = ${at} where $1::uuid is null or run_id = $1`, [
        runId,
      ]);
    }
  }
}

import type { MessageState } from '@mailrun/contracts';
import type { MessageBus } from '@mailrun/platform-messaging';
import type { Logger } from '@mailrun/platform-telemetry';
import { ApplyOutcomes } from '../../application/apply-outcomes/apply-outcomes.use-case.js';
import { HandOverMessages } from '../../application/feed-runs/hand-over-messages.js';
import { CarryOutDecisions } from '../../application/decide-messages/carry-out-decisions.use-case.js';
import { DecideMessages } from '../../application/decide-messages/decide-messages.use-case.js';
import { HoldRestored } from '../../application/hold-restored/hold-restored.use-case.js';
import { FeedRuns } from '../../application/feed-runs/feed-runs.use-case.js';
import { PauseFailingRuns } from '../../application/pause-itself/pause-failing-runs.js';
import { BeginRound } from '../../application/next-copies/begin-round.js';
import { MakeNextCopies } from '../../application/next-copies/make-next-copies.use-case.js';
import { RetryMessages } from '../../application/next-copies/retry-messages.use-case.js';
import { PauseOtherModes } from '../../application/pause-itself/pause-other-modes.use-case.js';
import { PauseItself } from '../../application/pause-itself/pause-itself.js';
import { PauseRun } from '../../application/pause-run/pause-run.use-case.js';
import { PipelineRate } from '../../application/pipeline-rate.js';
import type { Dispatcher } from '../../application/ports/dispatcher.port.js';
import { NoEngineObserver } from '../../application/ports/engine-observer.port.js';
import { RunReads } from '../../application/ports/run-reads.port.js';
import { FakeTenantSettingsReader } from '../../application/ports/tenant-settings-reader.fake.js';
import type { TenantSettingsReader } from '../../application/ports/tenant-settings-reader.port.js';
import { ResendMessage } from '../../application/resend-message/resend-message.use-case.js';
import { ResumeRun } from '../../application/resume-run/resume-run.use-case.js';
import { RunActs } from '../../application/run-acts.js';
import { ReopenRuns } from '../../application/settle-runs/reopen-runs.use-case.js';
import { SettleRuns } from '../../application/settle-runs/settle-runs.use-case.js';
import { StartRun } from '../../application/start-run/start-run.use-case.js';
import { StopMessages } from '../../application/stop-run/stop-messages.use-case.js';
import { StopRun } from '../../application/stop-run/stop-run.use-case.js';
import { TellGates } from '../../application/tell-gates/tell-gates.use-case.js';
import { WatchMessages } from '../../application/watch-messages/watch-messages.use-case.js';
import { WorkSignals, type Work } from '../../application/work-signals.js';
import { memoryOf, type InMemoryDatabase } from './in-memory-database.js';
import type { InMemoryStores } from './in-memory-engine.js';

export interface EngineProcessParts {
  readonly stores: InMemoryStores;
  readonly bus: MessageBus;
  readonly dispatcher: Dispatcher;
  readonly logger: Logger;
  /** Left out: all tenants are live. */
  readonly settings?: TenantSettingsReader;
  /** Instead of workers: told of work that someone shall do. */
  readonly onRaise: (work: Work) => void;
}

/** The engine's use cases as one process of runs has them, over fakes. Nothing in it works by itself. */
export class EngineProcess {
  readonly starting: StartRun;
  readonly stopping: StopRun;
  readonly pausing: PauseRun;
  readonly resuming: ResumeRun;
  readonly feeding: FeedRuns;
  readonly watching: WatchMessages;
  readonly gates: TellGates;
  readonly settling: SettleRuns;
  readonly stoppingMessages: StopMessages;
  readonly outcomes: ApplyOutcomes;
  readonly reopening: ReopenRuns;
  readonly copies: MakeNextCopies;
  readonly decisions: CarryOutDecisions;
  readonly retrying: RetryMessages;
  readonly resending: ResendMessage;
  readonly deciding: DecideMessages;
  readonly modes: PauseOtherModes;
  readonly restored: HoldRestored;

  constructor({
    stores,
    bus,
    dispatcher,
    logger,
    settings = new FakeTenantSettingsReader(),
    onRaise,
  }: EngineProcessParts) {
    const { database, runs, work } = stores;
    const signals = new ToldSignals(onRaise);
    const observer = new NoEngineObserver();
    const rate = new PipelineRate();
    const reads = new InMemoryRunReads(database);
    this.gates = new TellGates(stores.gates, work, dispatcher, bus, logger);
    const pauses = new PauseItself(database, runs, work, signals, observer);
    this.modes = new PauseOtherModes(database, work, runs, settings, pauses);
    this.settling = new SettleRuns(stores.settling, runs, work, signals, observer, pauses);
    const never = { maxFailedShare: 1, askAfterMs: 0, feedAgainMs: 0, pollMs: 0 };
    const failing = new PauseFailingRuns(pauses, signals, never);
    this.outcomes = new ApplyOutcomes(stores.outcomes, this.settling, rate, signals, observer, failing);
    const messages = new HandOverMessages(bus, dispatcher, this.outcomes);
    this.feeding = new FeedRuns(stores.feeds, messages, rate, signals, observer);
    this.watching = new WatchMessages(stores.watches, dispatcher, this.outcomes, messages, rate, observer);
    this.stoppingMessages = new StopMessages(
      database,
      work,
      runs,
      stores.watches,
      dispatcher,
      this.outcomes,
      this.settling,
    );
    const acts = new RunActs(database, runs, reads, work, signals);
    this.starting = new StartRun(acts, runs, settings, work);
    this.stopping = new StopRun(acts, runs);
    this.pausing = new PauseRun(acts, runs);
    this.resuming = new ResumeRun(acts, runs, settings);
    const { rounds, decisions } = stores;
    this.restored = new HoldRestored(work, stores.restoredCopies, dispatcher, this.outcomes);
    this.reopening = new ReopenRuns(database, work, reads, runs, signals);
    this.copies = new MakeNextCopies(work, rounds, this.settling, signals);
    this.decisions = new CarryOutDecisions(work, decisions, dispatcher, this.outcomes, this.settling);
    const round = new BeginRound(runs, rounds, work);
    this.retrying = new RetryMessages(database, acts, round, rounds, runs, settings, work);
    this.resending = new ResendMessage(database, acts, round, rounds, settings);
    this.deciding = new DecideMessages(database, acts, runs, rounds, decisions, settings, work);
  }
}

class ToldSignals extends WorkSignals {
  constructor(private readonly onRaise: (work: Work) => void) {
    super();
  }

  override raise(work: Work): void {
    this.onRaise(work);
  }
}

/** Runs as workers see them; nobody looks at them on a screen. */
class InMemoryRunReads extends RunReads {
  constructor(private readonly database: InMemoryDatabase) {
    super();
  }

  override waiting(runs: Parameters<RunReads['waiting']>[0]): ReturnType<RunReads['waiting']> {
    if (runs.length === 0) return Promise.resolve([]);
    return this.database.inTenants(
      runs.map(({ tenantId }) => tenantId),
      async (given) => {
        const tx = memoryOf(given);
        await tx.statement('waiting');
        return runs.flatMap(({ runId }) => {
          const run = tx.row('runs', runId);
          if (run === undefined) return [];
          const messages: Partial<Record<MessageState, number>> = {};
          for (const { unit, status, count } of tx.counters(run.preparationId!)) {
            if (unit === 'messages') messages[status] = (messages[status] ?? 0) + count;
          }
          return [{ runId, state: run.state, messages }];
        });
      },
    );
  }

  override async view(): Promise<undefined> {}
  override async list(): Promise<[]> {
    return [];
  }
  override async dryRun(): Promise<undefined> {}
}

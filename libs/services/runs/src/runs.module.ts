import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { PersistenceModule, type PersistenceOptions } from '@mailrun/platform-persistence';
import { AdvancePreparation } from './application/advance-preparation/advance-preparation.use-case.js';
import { AdvancePreparations } from './application/advance-preparation/advance-preparations.use-case.js';
import { ApplyDocuments } from './application/apply-documents/apply-documents.use-case.js';
import { ApplyOutcomes } from './application/apply-outcomes/apply-outcomes.use-case.js';
import { GatheredOutcomes } from './application/apply-outcomes/gathered-outcomes.js';
import type { BillingSettings } from './application/billing-settings.js';
import { CountWaits } from './application/count-waits/count-waits.use-case.js';
import { CreateRun } from './application/create-run/create-run.use-case.js';
import { CarryOutDecisions } from './application/decide-messages/carry-out-decisions.use-case.js';
import { DecideMessages } from './application/decide-messages/decide-messages.use-case.js';
import { HoldRestored } from './application/hold-restored/hold-restored.use-case.js';
import { HandOverMessages } from './application/feed-runs/hand-over-messages.js';
import { FeedRuns } from './application/feed-runs/feed-runs.use-case.js';
import { PipelineRate } from './application/pipeline-rate.js';
import { DecisionStore } from './application/ports/decision-store.port.js';
import { Dispatcher } from './application/ports/dispatcher.port.js';
import { EngineObserver } from './application/ports/engine-observer.port.js';
import { FeedStore } from './application/ports/feed-store.port.js';
import { GateStore } from './application/ports/gate-store.port.js';
import { OutcomeStore } from './application/ports/outcome-store.port.js';
import { PreparationStore } from './application/ports/preparation-store.port.js';
import { PublishedDefinitions } from './application/ports/published-definitions.port.js';
import { RestoredCopies } from './application/ports/restored-copies.port.js';
import { RoundStore } from './application/ports/round-store.port.js';
import { RunReads } from './application/ports/run-reads.port.js';
import { RunStore } from './application/ports/run-store.port.js';
import { ServerPauses } from './application/ports/server-pauses.port.js';
import { SettleStore } from './application/ports/settle-store.port.js';
import { TenantSettingsReader } from './application/ports/tenant-settings-reader.port.js';
import { WatchStore } from './application/ports/watch-store.port.js';
import { WorkIndex } from './application/ports/work-index.port.js';
import { BeginRound } from './application/next-copies/begin-round.js';
import { MakeNextCopies } from './application/next-copies/make-next-copies.use-case.js';
import { RetryMessages } from './application/next-copies/retry-messages.use-case.js';
import { PauseFailingRuns } from './application/pause-itself/pause-failing-runs.js';
import { PauseOtherModes } from './application/pause-itself/pause-other-modes.use-case.js';
import { PauseItself } from './application/pause-itself/pause-itself.js';
import { PauseRun } from './application/pause-run/pause-run.use-case.js';
import { PrepareRun } from './application/prepare-run/prepare-run.use-case.js';
import { PublishRunEvents } from './application/publish-run-events/publish-run-events.use-case.js';
import { ReadRuns } from './application/read-runs/read-runs.use-case.js';
import { ResendMessage } from './application/resend-message/resend-message.use-case.js';
import { ResumeRun } from './application/resume-run/resume-run.use-case.js';
import { RunActs } from './application/run-acts.js';
import { RunsSettings } from './application/runs-settings.js';
import { ReopenRuns } from './application/settle-runs/reopen-runs.use-case.js';
import { SettleRuns } from './application/settle-runs/settle-runs.use-case.js';
import { StartRun } from './application/start-run/start-run.use-case.js';
import { StopMessages } from './application/stop-run/stop-messages.use-case.js';
import { StopRun } from './application/stop-run/stop-run.use-case.js';
import { TellGates } from './application/tell-gates/tell-gates.use-case.js';
import { WatchMessages } from './application/watch-messages/watch-messages.use-case.js';
import { WorkSignals } from './application/work-signals.js';
import { BillingModule } from './billing.module.js';
import { DocumentMadeHandler } from './inbound/runs/document-made.handler.js';
import { EngineSchedule } from './inbound/runs/engine.schedule.js';
import { MessageActsController } from './inbound/runs/message-acts.controller.js';
import { MessageOutcomeHandler } from './inbound/runs/message-outcome.handler.js';
import { MessageRunsController } from './inbound/runs/message-runs.controller.js';
import { HttpDispatcher } from './outbound/http/dispatcher.http.js';
import { HttpPublishedDefinitions } from './outbound/http/published-definitions.http.js';
import { HttpServerPauses } from './outbound/http/server-pauses.http.js';
import { HttpTenantSettingsReader } from './outbound/http/tenant-settings-reader.http.js';
import { MetricsEngineObserver } from './outbound/metrics/engine-observer.metrics.js';
import { PostgresDecisionStore } from './outbound/postgres/decision-store.postgres.js';
import { PostgresFeedStore } from './outbound/postgres/feed-store.postgres.js';
import { PostgresGateStore } from './outbound/postgres/gate-store.postgres.js';
import { PostgresOutcomeStore } from './outbound/postgres/outcome-store.postgres.js';
import { PostgresPreparationStore } from './outbound/postgres/preparation-store.postgres.js';
import { PostgresRestoredCopies } from './outbound/postgres/restored-copies.postgres.js';
import { PostgresRoundStore } from './outbound/postgres/round-store.postgres.js';
import { PostgresRunReads } from './outbound/postgres/run-reads.postgres.js';
import { PostgresRunStore } from './outbound/postgres/run-store.postgres.js';
import { PostgresSettleStore } from './outbound/postgres/settle-store.postgres.js';
import { PostgresWatchStore } from './outbound/postgres/watch-store.postgres.js';
import { PostgresWorkIndex } from './outbound/postgres/work-index.postgres.js';
import { ReadsModule } from './reads.module.js';

export interface RunsModuleOptions {
  readonly persistence: Omit<PersistenceOptions, 'service' | 'entities'>;
  readonly settings: { readonly runs: RunsSettings; readonly billing: BillingSettings };
}

type Imports = NonNullable<ModuleMetadata['imports']>;

/** What billing, engine and reads have in common besides the database. */
@Module({
  providers: [{ provide: Dispatcher, useClass: HttpDispatcher }],
  exports: [Dispatcher],
})
class DispatcherClientModule {}

/** Runs: prepared, fed, followed to their end. */
@Module({})
class EngineModule {
  static register(settings: RunsSettings, imports: Imports): DynamicModule {
    return {
      module: EngineModule,
      imports,
      controllers: [MessageRunsController, MessageActsController, DocumentMadeHandler, MessageOutcomeHandler],
      providers: [
        CreateRun,
        PrepareRun,
        AdvancePreparation,
        AdvancePreparations,
        ApplyDocuments,
        RunActs,
        PauseItself,
        PauseFailingRuns,
        PauseOtherModes,
        StartRun,
        PauseRun,
        ResumeRun,
        BeginRound,
        RetryMessages,
        ResendMessage,
        MakeNextCopies,
        DecideMessages,
        CarryOutDecisions,
        HoldRestored,
        StopRun,
        StopMessages,
        FeedRuns,
        HandOverMessages,
        ApplyOutcomes,
        GatheredOutcomes,
        WatchMessages,
        SettleRuns,
        ReopenRuns,
        CountWaits,
        TellGates,
        PublishRunEvents,
        ReadRuns,
        EngineSchedule,
        PipelineRate,
        WorkSignals,
        { provide: RunsSettings, useValue: settings },
        { provide: EngineObserver, useClass: MetricsEngineObserver },
        { provide: WorkIndex, useClass: PostgresWorkIndex },
        { provide: RunStore, useClass: PostgresRunStore },
        { provide: DecisionStore, useClass: PostgresDecisionStore },
        { provide: RestoredCopies, useClass: PostgresRestoredCopies },
        { provide: RoundStore, useClass: PostgresRoundStore },
        { provide: RunReads, useClass: PostgresRunReads },
        { provide: ServerPauses, useClass: HttpServerPauses },
        { provide: PreparationStore, useClass: PostgresPreparationStore },
        { provide: FeedStore, useClass: PostgresFeedStore },
        { provide: OutcomeStore, useClass: PostgresOutcomeStore },
        { provide: WatchStore, useClass: PostgresWatchStore },
        { provide: SettleStore, useClass: PostgresSettleStore },
        { provide: GateStore, useClass: PostgresGateStore },
        { provide: PublishedDefinitions, useClass: HttpPublishedDefinitions },
        { provide: TenantSettingsReader, useClass: HttpTenantSettingsReader },
      ],
    };
  }
}

/**
 * Billing data, runs, results, messages and their counters. Needs from the process, as global providers: `BlobStore`,
 * `MessageBus`, `SecretBox`, `RouteClient`, `CallAuthenticator`, `Metrics`, `Logger`; an internal HTTP listener, and a
 * batch transport for its service, `runs`.
 */
@Module({})
export class RunsModule {
  static register({ persistence, settings }: RunsModuleOptions): DynamicModule {
    const database = PersistenceModule.register({ ...persistence, service: 'runs' });
    const imports = [database, DispatcherClientModule];
    return {
      module: RunsModule,
      imports: [
        BillingModule.register({ imports: [database], settings: settings.billing }),
        EngineModule.register(settings.runs, imports),
        ReadsModule.register({ imports }),
      ],
    };
  }
}

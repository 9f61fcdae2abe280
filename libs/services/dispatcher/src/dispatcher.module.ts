import { readFile } from 'node:fs/promises';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { MessageBus } from '@mailrun/platform-messaging';
import { Database, PersistenceModule, type PersistenceOptions } from '@mailrun/platform-persistence';
import { AcceptMails } from './application/accept-mails/accept-mails.js';
import { DecideCopies } from './application/decide-copies/decide-copies.js';
import { AnswerOutcomes } from './application/answer-outcomes/answer-outcomes.js';
import { ApplyGate } from './application/apply-gate/apply-gate.js';
import { GuardRestore } from './application/guard-restore/guard-restore.js';
import { DispatchMails } from './application/dispatch-mails/dispatch-mails.js';
import { DispatchOptions } from './application/dispatch-mails/dispatch-options.js';
import type { DispatcherSettings } from './application/dispatcher-settings.js';
import { PauseServer } from './application/pause-server/pause-server.js';
import { DispatchObserver } from './application/ports/dispatch-observer.port.js';
import { EpochMarks, Epochs } from './application/ports/epochs.port.js';
import { Holds } from './application/ports/holds.port.js';
import { MailConnections } from './application/ports/mail-connections.port.js';
import { MailDecisions } from './application/ports/mail-decisions.port.js';
import { MailIntake } from './application/ports/mail-intake.port.js';
import { MailQueue } from './application/ports/mail-queue.port.js';
import { MessageServers } from './application/ports/message-servers.port.js';
import { ModePolicy } from './application/ports/mode-policy.js';
import { OutcomeStore } from './application/ports/outcome-store.port.js';
import { PausedServers } from './application/ports/paused-servers.port.js';
import { RunGates } from './application/ports/run-gates.port.js';
import { SealedContents } from './application/ports/sealed-contents.port.js';
import { ServerLimits } from './application/ports/server-limits.port.js';
import { TenantModes } from './application/ports/tenant-modes.port.js';
import { TestAddresses } from './application/ports/test-addresses.port.js';
import { PublishOutcomes } from './application/publish-outcomes/publish-outcomes.js';
import { ReadHistory } from './application/read-history/read-history.js';
import { ReadServerStates } from './application/read-server-states/read-server-states.js';
import { ReadSource } from './application/read-source/read-source.js';
import { RecoverMails } from './application/recover-mails/recover-mails.js';
import { SetTenantMode } from './application/set-tenant-mode/set-tenant-mode.js';
import { EndCopies } from './application/end-copies/end-copies.js';
import { TestServer } from './application/test-server/test-server.js';
import { DispatchMessageHandler } from './inbound/dispatch-message.handler.js';
import { DispatcherController } from './inbound/dispatcher.controller.js';
import { DispatcherSchedule } from './inbound/dispatcher.schedule.js';
import { RunControlHandler } from './inbound/run-control.handler.js';
import { BlobEpochMarks } from './outbound/blobs/epoch-marks.blobs.js';
import { StoredSealedContents } from './outbound/blobs/sealed-contents.blobs.js';
import { HttpMessageServers } from './outbound/http/message-servers.http.js';
import { HttpTestAddresses } from './outbound/http/test-addresses.http.js';
import { MetricsDispatchObserver } from './outbound/metrics/dispatch-observer.metrics.js';
import { PostgresEpochs } from './outbound/postgres/epochs.postgres.js';
import { PostgresHolds } from './outbound/postgres/holds.postgres.js';
import { PostgresMailDecisions } from './outbound/postgres/mail-decisions.postgres.js';
import { PostgresMailIntake } from './outbound/postgres/mail-intake.postgres.js';
import { PostgresMailQueue } from './outbound/postgres/mail-queue.postgres.js';
import { PostgresOutcomeStore } from './outbound/postgres/outcome-store.postgres.js';
import { PostgresPausedServers } from './outbound/postgres/paused-servers.postgres.js';
import { PostgresRunGates } from './outbound/postgres/run-gates.postgres.js';
import { PostgresServerLimits } from './outbound/postgres/server-limits.postgres.js';
import { PostgresTenantModes } from './outbound/postgres/tenant-modes.postgres.js';
import { SmtpMailConnections } from './outbound/smtp/smtp-mail-connections.js';

export interface DispatcherModuleOptions {
  readonly settings: DispatcherSettings;
  readonly persistence: Omit<PersistenceOptions, 'service' | 'entities'>;
}

/**
 * The queue of mails and the SMTP conversations. Needs from the process, as global providers: `BlobStore`,
 * `MessageBus`, `SecretBox`, `RouteClient`, `CallAuthenticator`, `Metrics`, `Logger`; an internal HTTP listener, and a
 * batch transport for its service, `dispatcher`.
 */
@Module({})
export class DispatcherModule {
  static register({ settings, persistence }: DispatcherModuleOptions): DynamicModule {
    return {
      module: DispatcherModule,
      imports: [PersistenceModule.register({ ...persistence, service: 'dispatcher' })],
      controllers: [DispatchMessageHandler, RunControlHandler, DispatcherController],
      providers: [...adapters(settings), ...useCases(settings), DispatcherSchedule],
    };
  }
}

const adapters = (settings: DispatcherSettings): Provider[] => [
  { provide: ModePolicy, useValue: new ModePolicy(settings) },
  { provide: DispatchObserver, useClass: MetricsDispatchObserver },
  { provide: MailIntake, useClass: PostgresMailIntake },
  { provide: PausedServers, useClass: PostgresPausedServers },
  { provide: Holds, useClass: PostgresHolds },
  { provide: Epochs, useClass: PostgresEpochs },
  { provide: EpochMarks, useClass: BlobEpochMarks },
  { provide: MailDecisions, useClass: PostgresMailDecisions },
  { provide: MailQueue, useClass: PostgresMailQueue },
  { provide: OutcomeStore, useClass: PostgresOutcomeStore },
  { provide: RunGates, useClass: PostgresRunGates },
  { provide: TenantModes, useClass: PostgresTenantModes },
  { provide: ServerLimits, useClass: PostgresServerLimits },
  { provide: SealedContents, useClass: StoredSealedContents },
  { provide: MessageServers, useClass: HttpMessageServers },
  { provide: TestAddresses, useClass: HttpTestAddresses },
  {
    provide: MailConnections,
    useFactory: async () =>
      new SmtpMailConnections({
        connectTimeoutMs: settings.connectTimeoutMs,
        greetingTimeoutMs: settings.replyTimeoutMs,
        replyTimeoutMs: settings.replyTimeoutMs,
        finalReplyTimeoutMs: settings.finalReplyTimeoutMs,
        ca: await Promise.all(settings.trustedCertificates.map((file) => readFile(file, 'utf8'))),
        ...(settings.clientName === undefined ? {} : { clientName: settings.clientName }),
      }),
  },
];

const useCases = (settings: DispatcherSettings): Provider[] => [
  { provide: DispatchOptions, useValue: new DispatchOptions(settings) },
  use(PublishOutcomes, [MessageBus, OutcomeStore, DispatchObserver]),
  use(DispatchMails, [
    MailQueue,
    MessageServers,
    MailConnections,
    SealedContents,
    ServerLimits,
    PublishOutcomes,
    DispatchOptions,
    DispatchObserver,
  ]),
  use(AcceptMails, [MailIntake, PublishOutcomes, DispatchMails, DispatchObserver]),
  use(RecoverMails, [MailQueue, PublishOutcomes, DispatchMails, DispatchObserver, DispatchOptions]),
  use(ApplyGate, [RunGates, PublishOutcomes, DispatchObserver]),
  use(EndCopies, [MailIntake]),
  use(GuardRestore, [Epochs, EpochMarks, Holds]),
  use(DecideCopies, [MailDecisions, OutcomeStore, SealedContents, PublishOutcomes, DispatchMails]),
  use(AnswerOutcomes, [OutcomeStore]),
  use(SetTenantMode, [TenantModes]),
  use(ReadServerStates, [ServerLimits, PausedServers]),
  use(PauseServer, [Database, MessageServers, PausedServers, DispatchMails]),
  use(ReadSource, [SealedContents]),
  use(ReadHistory, [OutcomeStore]),
  use(TestServer, [MessageServers, MailConnections, TestAddresses]),
];

type Token = abstract new (...args: never[]) => unknown;

/** A use case made of its ports: the application layer knows no Nest. */
function use<Parts extends unknown[]>(
  useCase: new (...parts: Parts) => unknown,
  parts: readonly Token[],
): Provider {
  return { provide: useCase, inject: [...parts], useFactory: (...given: Parts) => new useCase(...given) };
}

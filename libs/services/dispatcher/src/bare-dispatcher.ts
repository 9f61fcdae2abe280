import type { BlobStore } from '@mailrun/platform-blobs';
import type { MessageBus } from '@mailrun/platform-messaging';
import type { Database } from '@mailrun/platform-persistence';
import { AcceptMails } from './application/accept-mails/accept-mails.js';
import { ApplyGate } from './application/apply-gate/apply-gate.js';
import { DecideCopies } from './application/decide-copies/decide-copies.js';
import { DispatchMails } from './application/dispatch-mails/dispatch-mails.js';
import { DispatchOptions } from './application/dispatch-mails/dispatch-options.js';
import { NoObserver, type DispatchObserver } from './application/ports/dispatch-observer.port.js';
import type { MailIntake, MailToAccept } from './application/ports/mail-intake.port.js';
import type { MailQueue } from './application/ports/mail-queue.port.js';
import type { MessageServers } from './application/ports/message-servers.port.js';
import { ModePolicy } from './application/ports/mode-policy.js';
import type { OutcomeStore } from './application/ports/outcome-store.port.js';
import type { TenantModes } from './application/ports/tenant-modes.port.js';
import { PublishOutcomes } from './application/publish-outcomes/publish-outcomes.js';
import { RecoverMails } from './application/recover-mails/recover-mails.js';
import { StoredSealedContents } from './outbound/blobs/sealed-contents.blobs.js';
import { PostgresMailDecisions } from './outbound/postgres/mail-decisions.postgres.js';
import { PostgresMailIntake } from './outbound/postgres/mail-intake.postgres.js';
import { PostgresMailQueue } from './outbound/postgres/mail-queue.postgres.js';
import { PostgresOutcomeStore } from './outbound/postgres/outcome-store.postgres.js';
import { PostgresRunGates } from './outbound/postgres/run-gates.postgres.js';
import { PostgresServerLimits } from './outbound/postgres/server-limits.postgres.js';
import { PostgresTenantModes } from './outbound/postgres/tenant-modes.postgres.js';
import { SmtpMailConnections, type SmtpOptions } from './outbound/smtp/smtp-mail-connections.js';

export type { MailToAccept };
export { MessageServers } from './application/ports/message-servers.port.js';
export type { ServerSettings } from './domain/server-settings.js';

export interface BareDispatcherParts {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly bus: MessageBus;
  readonly servers: MessageServers;
  readonly options?: Partial<DispatchOptions>;
  readonly smtp?: SmtpOptions;
  readonly observer?: DispatchObserver;
}

/** The dispatcher's use cases over the real adapters, without a process around them. */
export interface BareDispatcher {
  readonly intake: MailIntake;
  readonly queue: MailQueue;
  readonly store: OutcomeStore;
  readonly modes: TenantModes;
  readonly publisher: PublishOutcomes;
  readonly dispatch: DispatchMails;
  readonly acceptMails: AcceptMails;
  readonly recoverMails: RecoverMails;
  readonly applyGate: ApplyGate;
  readonly decideCopies: DecideCopies;
}

/** For benchmarks and tests: nothing runs until `dispatch.start()`, and nothing recovers or sweeps by itself. */
export function openBareDispatcher(parts: BareDispatcherParts): BareDispatcher {
  const { database, blobs, bus, servers, options = {}, smtp = {}, observer = new NoObserver() } = parts;
  const intake = new PostgresMailIntake(database);
  const queue = new PostgresMailQueue(database, new ModePolicy({ forceTest: false }));
  const store = new PostgresOutcomeStore(database);
  const publisher = new PublishOutcomes(bus, store, observer);
  const contents = new StoredSealedContents(blobs, database);
  const dispatch = new DispatchMails(
    queue,
    servers,
    new SmtpMailConnections(smtp),
    contents,
    new PostgresServerLimits(database),
    publisher,
    new DispatchOptions(options),
    observer,
  );
  return {
    intake,
    queue,
    store,
    modes: new PostgresTenantModes(database),
    publisher,
    dispatch,
    acceptMails: new AcceptMails(intake, publisher, dispatch, observer),
    recoverMails: new RecoverMails(queue, publisher, dispatch, observer, new DispatchOptions(options)),
    applyGate: new ApplyGate(new PostgresRunGates(database), publisher, observer),
    decideCopies: new DecideCopies(new PostgresMailDecisions(database), store, contents, publisher, dispatch),
  };
}

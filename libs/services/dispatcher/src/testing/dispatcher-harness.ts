import { messageOutcome } from '@mailrun/contracts';
import { Outage } from '@mailrun/platform-errors';
import { RecordingBus } from '@mailrun/platform-messaging/testing';
import type { ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import type { BlobStore } from '@mailrun/platform-blobs';
import type { DispatchOptions } from '../application/dispatch-mails/dispatch-options.js';
import { NoObserver } from '../application/ports/dispatch-observer.port.js';
import { MessageServers, type Sender } from '../application/ports/message-servers.port.js';
import type { MailToAccept } from '../application/ports/mail-intake.port.js';
import { openBareDispatcher, type BareDispatcher } from '../bare-dispatcher.js';
import type { ServerSettings } from '../domain/server-settings.js';
import type { SmtpOptions } from '../outbound/smtp/smtp-mail-connections.js';

/** Message servers that a test sets; it may take them away for a while. */
export class FakeMessageServers extends MessageServers {
  private readonly servers = new Map<string, ServerSettings>();
  isAway = false;

  set(settings: ServerSettings): void {
    this.servers.set(`${settings.tenantId}/${settings.serverKey}`, settings);
  }

  async find(tenantId: string, serverKey: string): Promise<ServerSettings | undefined> {
    if (this.isAway) throw new Outage('service.unreachable', 'definitions is away.');
    return this.servers.get(`${tenantId}/${serverKey}`);
  }

  async findSender(_tenantId: string, fromKey: string): Promise<Sender | undefined> {
    return fromKey === 'billing'
      ? { address: 'billing@x.test', displayName: undefined, serverKey: 'main' }
      : undefined;
  }
}

/** Keeps what the loops say, for assertions. */
export class RecordingObserver extends NoObserver {
  readonly failures: { loop: string; error: unknown; isOutage: boolean }[] = [];
  readonly faults: string[] = [];
  readonly circuitChanges: { to: string; code: string | undefined }[] = [];

  override loopFailed(of: { loop: string; error: unknown; isOutage: boolean }): void {
    this.failures.push(of);
  }
  override circuitChanged(of: { to: string; code: string | undefined }): void {
    this.circuitChanges.push(of);
  }
  override serverFault({ code }: { code: string }): void {
    this.faults.push(code);
  }
}

/** One dispatcher process without Nest: real queue, real SMTP, a bus that records. */
export class DispatcherHarness {
  readonly bus = new RecordingBus();
  readonly observer = new RecordingObserver();
  readonly parts: BareDispatcher;

  constructor(
    service: Pick<ServiceTestDatabase, 'database'>,
    servers: MessageServers,
    blobs: BlobStore,
    options: Partial<DispatchOptions> = {},
    smtp: SmtpOptions = {},
  ) {
    const { bus, observer } = this;
    const { database } = service;
    this.parts = openBareDispatcher({
      database,
      blobs,
      bus,
      servers,
      observer,
      smtp,
      options: { pollMs: 50, ...options },
    });
  }

  accept(mails: readonly MailToAccept[]) {
    return this.parts.acceptMails.accept(mails.map((mail) => ({ ...mail, fedAt: new Date() })));
  }

  /** Newest published state of each copy. */
  states(): Map<string, string> {
    const newest = new Map<string, { revision: number; state: string }>();
    for (const { messageId, copy, revision, state } of this.bus.bodiesOf(messageOutcome)) {
      const key = `${messageId}.${copy}`;
      if ((newest.get(key)?.revision ?? 0) < revision) newest.set(key, { revision, state });
    }
    return new Map([...newest].map(([key, { state }]) => [key, state]));
  }

  /** Resolves when so many copies have this state, by what was published. */
  async untilState(state: string, count: number, deadlineMs = 40_000): Promise<void> {
    await this.bus.published.until(
      () => [...this.states().values()].filter((one) => one === state).length >= count,
      deadlineMs,
    );
  }
}

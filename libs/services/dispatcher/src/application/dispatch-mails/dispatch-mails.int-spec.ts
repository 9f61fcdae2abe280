import { jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOutcome } from '@mailrun/contracts';
import { FolderBlobStore } from '@mailrun/platform-blobs';
import { eventually } from '@mailrun/platform-messaging/testing';
import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { FaultySmtpServer, type FaultySmtpServerOptions } from '@mailrun/testing';
import type { ServerSettings } from '../../domain/server-settings.js';
import { dispatcherMigrations } from '../../outbound/postgres/migrations/index.js';
import { PostgresTenantModes } from '../../outbound/postgres/tenant-modes.postgres.js';
import { SmtpMailConnection } from '../../outbound/smtp/smtp-mail-connection.js';
import type { SmtpOptions } from '../../outbound/smtp/smtp-mail-connections.js';
import { DispatcherHarness, FakeMessageServers } from '../../testing/dispatcher-harness.js';
import { mailToAccept, newId, type MailChanges } from '../../testing/mail-to-accept.builder.js';
import type { DispatchOptions } from './dispatch-options.js';

jest.setTimeout(60_000);

let service: ServiceTestDatabase;
let folder: string;
let blobs: FolderBlobStore;
let smtp: FaultySmtpServer;
let servers: FakeMessageServers;
let tenantId: string;
let runId: string;
const running: DispatcherHarness[] = [];

beforeAll(async () => {
  service = await createServiceDatabase('dispatcher', dispatcherMigrations);
  folder = await mkdtemp(join(tmpdir(), 'mailrun-dispatcher-'));
  blobs = await FolderBlobStore.open(folder);
});
afterAll(async () => {
  await service.drop();
  await blobs.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  tenantId = newId();
  runId = newId();
  servers = new FakeMessageServers();
  await new PostgresTenantModes(service.database).put(tenantId, 'live', 1);
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.parts.dispatch.stop();
  await smtp.stop();
  // What one test leaves waiting is not the next one's work.
  await service.owner.query(`truncate ${service.schema}.waiting_runs`);
});

async function startServer(options: FaultySmtpServerOptions = {}, settings: Partial<ServerSettings> = {}) {
  smtp = await FaultySmtpServer.start(options);
  configure(settings);
}
function configure(settings: Partial<ServerSettings> = {}) {
  servers.set({
    tenantId,
    serverKey: 'main',
    version: 1,
    host: smtp.host,
    port: smtp.port,
    tls: 'none',
    verifyCertificate: true,
    maxConnections: 5,
    ...settings,
  });
}
function start(options: Partial<DispatchOptions> = {}, smtpOptions: SmtpOptions = {}): DispatcherHarness {
  const one = new DispatcherHarness(service, servers, blobs, options, smtpOptions);
  one.parts.dispatch.start();
  running.push(one);
  return one;
}
const mails = (count: number, changes: MailChanges = {}) =>
  Array.from({ length: count }, () => mailToAccept({ tenantId, runId, ...changes }));
const sentOnceEach = (count: number) => {
  const counts = [...smtp.ledger.countsByMessageId().values()];
  expect(counts).toHaveLength(count);
  expect(Math.max(...counts)).toBe(1);
};

it('sends every accepted mail once and tells what became of it', async () => {
  await startServer();
  const dispatcher = start();
  await dispatcher.accept(mails(120));
  await dispatcher.untilState('sent', 120);
  sentOnceEach(120);
  expect(smtp.ledger.mostOpenConnections).toBeLessThanOrEqual(5);
  expect(dispatcher.observer.failures).toEqual([]);
  const outcome = dispatcher.bus.bodiesOf(messageOutcome).find(({ state }) => state === 'sent');
  expect(outcome).toMatchObject({
    revision: 2,
    attempts: 1,
    reply: { code: 'smtp.accepted', smtpCode: 250 },
  });
  await eventually(async () => (await dispatcher.parts.store.untold(-1000, 10)).length === 0);
});

it('sends large mails from the blob store, byte by byte as sealed', async () => {
  await startServer();
  const dispatcher = start();
  const sizes = [20_000, 300_000, 3_000_000];
  const sealed = await Promise.all(
    sizes.map(async (size, i) => {
      const bytes = Buffer.from(
        `Message-ID: <${i}@x.test>\r\n\r\n` + `.${'x'.repeat(74)}\r\n`.repeat(size / 77),
      );
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const blobKey = `sealed/${tenantId}/${i}/${sha256}`;
      await blobs.put(blobKey, bytes);
      return { sha256, sizeBytes: bytes.length, bytes: { blobKey }, messageIdHeader: `<${i}@x.test>` };
    }),
  );
  await dispatcher.accept(sealed.map((one) => mailToAccept({ tenantId, runId, sealed: one })));
  await dispatcher.untilState('sent', 3);
  expect(smtp.ledger.mails.map(({ sha256 }) => sha256).toSorted()).toEqual(
    sealed.map(({ sha256 }) => sha256).toSorted(),
  );
});

it('never sends damaged bytes: the copy fails as lost', async () => {
  await startServer();
  const dispatcher = start();
  const sha256 = 'a'.repeat(64);
  const small = `sealed/${tenantId}/small/${sha256}`;
  const large = `sealed/${tenantId}/large/${sha256}`;
  await blobs.put(small, Buffer.from('other bytes'), { sha256 });
  await blobs.put(large, Buffer.alloc(2_000_000, 'x'), { sha256 });
  const sealed = (blobKey: string, sizeBytes: number) => ({ sha256, sizeBytes, bytes: { blobKey } });
  await dispatcher.accept([
    mailToAccept({ tenantId, runId, sealed: sealed(small, 11) }),
    mailToAccept({ tenantId, runId, sealed: sealed(large, 2_000_000) }),
    mailToAccept({ tenantId, runId, sealed: sealed('sealed/nowhere', 5_000) }),
  ]);
  await dispatcher.untilState('failed', 3);
  expect(smtp.ledger.mails).toHaveLength(0);
  const failed = dispatcher.bus.bodiesOf(messageOutcome).filter(({ state }) => state === 'failed');
  expect(failed.map(({ reply }) => reply?.code)).toEqual(Array(3).fill('sealed-mail-lost'));
});

describe('the envelope of the next mail', () => {
  /** Mails to a recipient each, who is named in the mail. */
  const toEach = (count: number) =>
    Array.from({ length: count }, (_, i) => {
      const address = `customer-${i}@y.test`;
      const bytes = Buffer.from(`Message-ID: <${i}@x.test>\r\n\r\nFor ${address}\r\n`);
      const sealed = {
        recipients: [{ kind: 'to' as const, address }],
        messageIdHeader: `<${i}@x.test>`,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        sizeBytes: bytes.length,
        bytes: { inline: bytes },
      };
      return mailToAccept({ tenantId, runId, sealed });
    });
  const transmit = jest.spyOn(SmtpMailConnection.prototype, 'transmit');
  const sentAhead = () => transmit.mock.calls.filter(([, next]) => next !== undefined).length;

  beforeEach(() => transmit.mockClear());

  it('leaves with the content before it, and everyone gets what is theirs, once', async () => {
    await startServer();
    const dispatcher = start();
    await dispatcher.accept(toEach(200));
    await dispatcher.untilState('sent', 200);
    sentOnceEach(200);
    for (const { recipients, content } of smtp.ledger.mails) {
      expect(content!.toString()).toContain(`For ${recipients[0]!}\r\n`);
    }
    expect(sentAhead()).toBeGreaterThan(100);
    expect(dispatcher.observer.failures).toEqual([]);
  });

  it('waits for its own moment where a rate is set', async () => {
    await startServer({}, { messagesPerMinute: 6_000 });
    const dispatcher = start();
    await dispatcher.accept(toEach(60));
    await dispatcher.untilState('sent', 60);
    expect(sentAhead()).toBe(0);
  });

  it('is no more sent ahead to a server that hung up on one; only what it had in full is in doubt', async () => {
    await startServer(
      { plan: ({ stage, mail }) => (stage === 'final' && mail === 1 ? { kind: 'close' } : undefined) },
      { maxConnections: 1 },
    );
    const dispatcher = start();
    await dispatcher.accept(toEach(50));
    await dispatcher.untilState('sent', 49);
    await dispatcher.untilState('uncertain', 1);
    sentOnceEach(50);
    expect(sentAhead()).toBe(1);
    expect(smtp.ledger.connections).toBe(2);
  });

  it('is said again when it was refused, and is sent ahead no more', async () => {
    await startServer(
      {
        plan: ({ stage, mail }) =>
          stage === 'mail' && mail === 2
            ? { kind: 'reply', code: 503, text: '5.5.1 Bad sequence of commands' }
            : undefined,
      },
      { maxConnections: 1 },
    );
    const dispatcher = start();
    await dispatcher.accept(toEach(50));
    await dispatcher.untilState('sent', 50);
    sentOnceEach(50);
    // The second mail, said again, had the third behind it.
    expect(sentAhead()).toBe(2);
    expect(smtp.ledger.connections).toBe(1);
  });

  it('is forgotten where its mail may not leave any more: another run goes on', async () => {
    await startServer({
      plan: ({ stage }) => (stage === 'final' ? { kind: 'delay', delayMs: 5 } : undefined),
    });
    const dispatcher = start();
    await dispatcher.accept(toEach(200));
    const other = newId();
    await dispatcher.accept(toEach(50).map((mail) => ({ ...mail, messageId: newId(), runId: other })));
    await smtp.ledger.until(({ mails: received }) => received.length >= 20);
    await dispatcher.parts.applyGate.apply({ tenantId, runId, round: 1, revision: 2, state: 'stopped' });
    await eventually(() => {
      const states = [...dispatcher.states().values()];
      return states.filter((state) => state === 'sent' || state === 'stopped').length === 250;
    });
    const sent = [...dispatcher.states().values()].filter((state) => state === 'sent').length;
    expect(smtp.ledger.mails).toHaveLength(sent);
    // One drop for each connection that held an envelope of the stopped run, not one for each of its mails.
    expect(smtp.ledger.connections).toBeLessThan(20);
  });
});

it('two dispatchers side by side send nothing twice and hold the limit of connections together', async () => {
  await startServer({}, { maxConnections: 4 });
  const [first, second] = [start(), start()];
  const all = mails(200);
  await Promise.all([first.accept(all.slice(0, 100)), second.accept(all.slice(100))]);
  await eventually(() => smtp.ledger.accepted.length >= 200);
  sentOnceEach(200);
  expect(smtp.ledger.mostOpenConnections).toBeLessThanOrEqual(4);
});

it('a dispatcher that joins gets its share of the connections', async () => {
  const plan: FaultySmtpServerOptions['plan'] = ({ stage }) =>
    stage === 'final' ? { kind: 'delay', delayMs: 20 } : undefined;
  await startServer({ plan }, { maxConnections: 4 });
  const first = start();
  await first.accept(mails(600));
  await first.untilState('sent', 20);
  const second = start();
  await second.untilState('sent', 20);
  expect(smtp.ledger.mostOpenConnections).toBeLessThanOrEqual(4);
});

it('four dispatchers side by side hold the rate together, and one that leaves makes room at once', async () => {
  await startServer({}, { messagesPerMinute: 1200, maxConnections: 8 });
  const four = [start(), start(), start(), start()];
  const startedAt = performance.now();
  for (const one of four) await one.accept(mails(40));
  await eventually(() => smtp.ledger.accepted.length >= 60);
  await running.splice(0, 1)[0]!.parts.dispatch.stop();
  await eventually(() => smtp.ledger.accepted.length >= 160);
  const seconds = (performance.now() - startedAt) / 1000;
  // 20 mails a second: 159 gaps of 50 ms, and room for a busy machine.
  expect(seconds).toBeGreaterThan(7.9);
  expect(seconds).toBeLessThan(14);
  sentOnceEach(160);
  expect(smtp.ledger.mostOpenConnections).toBeLessThanOrEqual(8);
});

it('a mail that was being sent when its process ended is uncertain, and no other', async () => {
  await startServer();
  const crashed = new DispatcherHarness(service, servers, blobs, {});
  await crashed.accept(mails(10));
  const claimed = await crashed.parts.queue.claim([{ tenantId, runId, serverKey: 'main', limit: 6 }], 300);
  await crashed.parts.queue.commit({ finished: [], next: claimed.slice(0, 2), told: [] });
  // The process is gone now; another one starts.
  const dispatcher = start();
  await eventually(async () => {
    const { uncertain } = await dispatcher.parts.queue.recover(60_000);
    return uncertain === 2;
  });
  await eventually(async () => {
    await dispatcher.parts.queue.recover(60_000);
    return smtp.ledger.accepted.length === 8;
  });
  sentOnceEach(8);
  const unknown = await dispatcher.parts.store.current(tenantId, claimed.slice(0, 2));
  expect(unknown.map(({ outcome }) => outcome.state)).toEqual(['uncertain', 'uncertain']);
});

it('holds a mail whose answer was lost, and sends it no second time', async () => {
  await startServer();
  smtp.failNext('final', { kind: 'close' });
  const dispatcher = start();
  await dispatcher.accept(mails(6));
  await dispatcher.untilState('sent', 5);
  await dispatcher.untilState('uncertain', 1);
  sentOnceEach(6);
});

it('sends an uncertain mail again with the same bytes when a person decides so, and only once', async () => {
  await startServer();
  smtp.failNext('final', { kind: 'close' });
  const dispatcher = start();
  const [mail] = mails(1);
  await dispatcher.accept([mail!]);
  await dispatcher.untilState('uncertain', 1);
  const decide = () =>
    dispatcher.parts.decideCopies.decide({
      tenantId,
      decision: 'send-again',
      copies: [{ messageId: mail!.messageId, copy: 1, revision: 2 }],
    });
  const answers = await Promise.all([decide(), decide()]);
  expect(answers.flatMap(({ refused }) => refused.map(({ code }) => code))).toEqual(['not-uncertain']);
  await dispatcher.untilState('sent', 1);
  expect(smtp.ledger.mails).toHaveLength(2);
  expect(new Set(smtp.ledger.mails.map(({ sha256 }) => sha256)).size).toBe(1);
});

it('does not promise to send again what was lost: it may be treated as sent', async () => {
  await startServer();
  smtp.failNext('final', { kind: 'close' });
  const bytes = Buffer.from(`Message-ID: <lost@x.test>\r\n\r\n${'x'.repeat(30_000)}\r\n`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const blobKey = `sealed/${tenantId}/lost/${sha256}`;
  await blobs.put(blobKey, bytes);
  const sealed = { sha256, sizeBytes: bytes.length, bytes: { blobKey }, messageIdHeader: '<lost@x.test>' };
  const mail = mailToAccept({ tenantId, runId, sealed });
  const dispatcher = start();
  await dispatcher.accept([mail]);
  await dispatcher.untilState('uncertain', 1);
  await blobs.delete(blobKey);
  const copies = [{ messageId: mail.messageId, copy: 1, revision: 2 }];
  const { decideCopies } = dispatcher.parts;
  expect(await decideCopies.decide({ tenantId, decision: 'send-again', copies })).toMatchObject({
    outcomes: [{ outcome: { state: 'uncertain', revision: 2 } }],
    refused: [{ messageId: mail.messageId, copy: 1, code: 'sealed-mail-lost' }],
  });
  expect(
    await decideCopies.decide({ tenantId, decision: 'treat-as-sent', detail: 'By A. Smith', copies }),
  ).toMatchObject({
    outcomes: [{ outcome: { state: 'sent', reply: { detail: 'By A. Smith' } } }],
    refused: [],
  });
});

it('keeps its rate with a server that closes connections which wait for their turn', async () => {
  await startServer({ idleTimeoutMs: 400 }, { messagesPerMinute: 60, maxConnections: 3 });
  const dispatcher = start();
  await dispatcher.accept(mails(8));
  const startedAt = performance.now();
  await dispatcher.untilState('sent', 8);
  // One a second; a turn lost with each closed connection would make it many times that.
  expect(performance.now() - startedAt).toBeLessThan(16_000);
  expect(dispatcher.observer.faults).toEqual([]);
  sentOnceEach(8);
});

it.each([
  ['says 421', { kind: 'reply', code: 421, text: 'Timeout - closing connection', thenClose: true }],
  ['closes', { kind: 'close' }],
] as const)('takes a server that %s when a connection is used again for well', async (_, fault) => {
  await startServer({}, { maxConnections: 1 });
  const dispatcher = start();
  await dispatcher.accept(mails(1));
  await dispatcher.untilState('sent', 1);
  smtp.failNext('mail', fault);
  await dispatcher.accept(mails(1));
  await dispatcher.untilState('sent', 2);
  expect(smtp.ledger.connections).toBe(2);
  expect(dispatcher.observer.faults).toEqual([]);
});

it('sends again what broke off before its end, on another connection', async () => {
  await startServer();
  smtp.failNext('mail', { kind: 'close' }, 2);
  const dispatcher = start();
  await dispatcher.accept(mails(20));
  await dispatcher.untilState('sent', 20);
  sentOnceEach(20);
});

it('a stopped run sends nothing more within two seconds, and its mails are stopped', async () => {
  await startServer({
    plan: ({ stage }) => (stage === 'final' ? { kind: 'delay', delayMs: 30 } : undefined),
  });
  const dispatcher = start();
  await dispatcher.accept(mails(400));
  await smtp.ledger.until(({ mails: received }) => received.length >= 20);
  await dispatcher.parts.applyGate.apply({ tenantId, runId, round: 1, revision: 2, state: 'stopped' });
  await smtp.ledger.until(({ mails: received }) => received.every((one) => one.answeredCode !== undefined));
  const atStop = smtp.ledger.mails.length;
  await eventually(() => {
    const states = [...dispatcher.states().values()];
    return states.filter((state) => state === 'sent' || state === 'stopped').length === 400;
  });
  expect(smtp.ledger.mails.length).toBeLessThanOrEqual(atStop + 5);
  expect([...dispatcher.states().values()].filter((state) => state === 'sent')).toHaveLength(
    smtp.ledger.mails.length,
  );
});

it('a paused run waits, and goes on where it was', async () => {
  await startServer();
  const dispatcher = start();
  await dispatcher.parts.applyGate.apply({ tenantId, runId, round: 1, revision: 1, state: 'paused' });
  await dispatcher.accept(mails(10));
  await dispatcher.parts.applyGate.apply({
    tenantId,
    runId: newId(),
    round: 1,
    revision: 1,
    state: 'running',
  });
  expect(smtp.ledger.connections).toBe(0);
  await dispatcher.parts.applyGate.apply({ tenantId, runId, round: 1, revision: 2, state: 'running' });
  await dispatcher.untilState('sent', 10);
});

it('leaves a server alone that can’t be reached, and goes on by itself when it is back', async () => {
  await startServer();
  const { port } = smtp;
  await smtp.stop();
  const both = [start(), start()];
  await both[0]!.accept(mails(5));
  const changes = () => both.flatMap(({ observer }) => observer.circuitChanges);
  await eventually(() => changes().filter(({ to }) => to === 'open').length >= 3);
  expect(changes()[0]).toEqual({ to: 'open', code: 'smtp.connection-refused' });
  expect([...both[0]!.states().values()]).toEqual(Array(5).fill('accepted'));
  smtp = await FaultySmtpServer.start({ port });
  await eventually(() => smtp.ledger.accepted.length === 5, 10_000);
  sentOnceEach(5);
  await eventually(() => changes().filter(({ to }) => to === 'closed').length === 1);
});

it('keeps the mails when the password is wrong, and sends them as soon as it is corrected', async () => {
  await startServer(
    { credentials: { user: 'u', password: 'right' } },
    { credentials: { user: 'u', password: 'wrong' } },
  );
  const dispatcher = start();
  await dispatcher.accept(mails(5));
  await eventually(() => dispatcher.observer.faults.includes('smtp.credentials-refused'));
  expect(smtp.ledger.mails).toHaveLength(0);
  configure({ version: 2, credentials: { user: 'u', password: 'right' } });
  await dispatcher.untilState('sent', 5);
});

it('keeps the mails of a refused sender, uncounted, and sends them soon after the run goes on', async () => {
  await startServer({
    plan: ({ stage }) =>
      stage === 'rcpt'
        ? { kind: 'reply', code: 553, text: '5.7.1 Sender address rejected: not owned by user' }
        : undefined,
  });
  const dispatcher = start();
  await dispatcher.accept(mails(3));
  await dispatcher.untilState('deferred', 3);
  const outcomes = dispatcher.bus.bodiesOf(messageOutcome).filter(({ state }) => state === 'deferred');
  for (const { reply, nextTryAt, at } of outcomes) {
    expect(reply?.code).toBe('smtp.sender-refused');
    expect(Date.parse(nextTryAt!) - Date.parse(at)).toBeLessThan(73_000);
  }
  const gate = (revision: number, state: 'paused' | 'running') =>
    dispatcher.parts.applyGate.apply({ tenantId, runId, round: 1, revision, state });
  await gate(1, 'paused');
  smtp.plan = undefined;
  const { schema, owner } = service;
  const rows = await owner.query(`select max(retries) as retries from ${schema}.mails where run_id = $1`, [
    runId,
  ]);
  expect(rows).toEqual([{ retries: 0 }]);
  await owner.query(`update ${schema}.mails set due_at = now() where run_id = $1`, [runId]);
  await gate(2, 'running');
  await dispatcher.untilState('sent', 3);
});

it('a server that hangs does not delay another', async () => {
  await startServer({ plan: ({ stage }) => (stage === 'connect' ? { kind: 'hang' } : undefined) });
  const healthy = await FaultySmtpServer.start();
  servers.set({
    tenantId,
    serverKey: 'healthy',
    version: 1,
    host: healthy.host,
    port: healthy.port,
    tls: 'none',
    verifyCertificate: true,
    maxConnections: 2,
  });
  const dispatcher = start({}, { greetingTimeoutMs: 60_000 });
  await dispatcher.accept([...mails(10), ...mails(10, { sealed: { serverKey: 'healthy' } })]);
  await dispatcher.untilState('sent', 10);
  expect(healthy.ledger.accepted).toHaveLength(10);
  smtp.resetConnections();
  await smtp.stop();
  await dispatcher.parts.dispatch.stop();
  running.splice(0);
  await healthy.stop();
});

it('ends in order: what was begun is written down, the rest is given back', async () => {
  await startServer({
    plan: ({ stage }) => (stage === 'final' ? { kind: 'delay', delayMs: 50 } : undefined),
  });
  const first = start();
  await first.accept(mails(100));
  await smtp.ledger.until(({ mails: received }) => received.length >= 10);
  await first.parts.dispatch.stop();
  running.splice(0);
  const sent = smtp.ledger.mails.length;
  expect([...first.states().values()].filter((state) => state === 'sent')).toHaveLength(sent);
  const second = start();
  await second.untilState('sent', 100 - sent);
  sentOnceEach(100);
});

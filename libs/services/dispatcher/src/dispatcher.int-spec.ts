import { jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Controller, Global, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  dispatchMessage,
  getCopySource,
  getInternalSender,
  getMessageHistory,
  getServerConnection,
  getTenantSettings,
  messageOutcome,
  pauseMessageServer,
  putRunGate,
  putTenantMode,
  queryOutcomes,
  queryPausedRuns,
  queryServerStates,
  resumeMessageServer,
  stopCopies,
  testMessageServer,
  type BusMessage,
  type DispatchMessage,
  type MessageOutcome,
} from '@mailrun/contracts';
import { BlobStore, FolderBlobStore } from '@mailrun/platform-blobs';
import { readSettings } from '@mailrun/platform-config';
import { Refusal } from '@mailrun/platform-errors';
import {
  CallAuthenticator,
  InternalTokenAuthenticator,
  InternalTokens,
  RouteClient,
  Serves,
  createHttpApp,
  type Call,
  type HttpAnswer,
} from '@mailrun/platform-http';
import {
  ConsumesBatch,
  InMemoryDeadLetterStore,
  InProcessBroker,
  InProcessTransport,
  MessageBus,
  outgoing,
} from '@mailrun/platform-messaging';
import { Collected } from '@mailrun/platform-messaging/testing';
import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { KeyRing, SecretBox, secretOwner } from '@mailrun/platform-secrets';
import { Logger, Metrics } from '@mailrun/platform-telemetry';
import { RecordingLogger } from '@mailrun/platform-telemetry/testing';
import { FaultySmtpServer } from '@mailrun/testing';
import { NestFactory } from '@nestjs/core';
import { createHash } from 'node:crypto';
import { DispatcherModule, dispatcherMigrations, dispatcherSettings } from './index.js';
import { newId } from './testing/mail-to-accept.builder.js';

jest.setTimeout(60_000);

const tokens = new InternalTokens('a secret of at least thirty-two characters');
const secrets = new SecretBox(KeyRing.parse(`k1:${Buffer.alloc(32, 1).toString('base64')}`));
const bus = new InProcessBroker({ deadLetters: new InMemoryDeadLetterStore(), retryDelayMs: 1 });
const outcomes = new Collected<BusMessage<MessageOutcome>>();
const tenantId = newId();
let smtp: FaultySmtpServer;

/** Stands for definitions and the gateway. */
@Controller()
class Others {
  @Serves(getServerConnection)
  async connection({ context, params }: Call<typeof getServerConnection>): Promise<HttpAnswer> {
    if (params.key !== 'main') throw new Refusal('not-found', 'message-server.not-found', 'No.');
    return {
      body: {
        serverKey: 'main',
        version: 1,
        host: smtp.host,
        port: smtp.port,
        tls: 'none',
        verifyCertificate: true,
        user: 'robot',
        password: secrets.seal('Tr0ub4dor', secretOwner(context.tenantId, 'message-server', 'main')),
        messagesPerMinute: null,
        maxConnections: 3,
        maxSizeBytes: null,
        replyRules: [{ stages: ['after-dot'], text: ['Odd Words'], scope: 'recipient', permanent: true }],
      },
    };
  }

  @Serves(getInternalSender)
  async sender(): Promise<HttpAnswer> {
    return { body: { address: 'billing@x.test', displayName: null, serverKey: 'main' } };
  }

  @Serves(getTenantSettings)
  async tenant({ context }: Call<typeof getTenantSettings>): Promise<HttpAnswer> {
    return {
      body: {
        tenantId: context.tenantId,
        mode: 'live',
        revision: 1,
        testAddresses: ['tester@x.test'],
        allowedBccDomains: [],
        locale: 'en',
        timeZone: 'UTC',
      },
    };
  }
}

@Controller()
class Runs {
  @ConsumesBatch(messageOutcome)
  async take(batch: readonly BusMessage<MessageOutcome>[]): Promise<void> {
    outcomes.add(...batch);
  }
}

describe('the dispatcher on bus and internal HTTP', () => {
  let service: ServiceTestDatabase;
  let folder: string;
  let blobs: FolderBlobStore;
  let app: NestFastifyApplication;
  let others: NestFastifyApplication;
  let client: RouteClient;
  const closing: { close(): Promise<unknown> }[] = [];
  const runId = newId();

  beforeAll(async () => {
    smtp = await FaultySmtpServer.start({ credentials: { user: 'robot', password: 'Tr0ub4dor' } });
    service = await createServiceDatabase('dispatcher', dispatcherMigrations);
    folder = await mkdtemp(join(tmpdir(), 'mailrun-dispatcher-'));
    blobs = await FolderBlobStore.open(folder);
    const directory: Record<string, string> = {};
    client = new RouteClient(directory, tokens);

    @Global()
    @Module({
      providers: [
        { provide: BlobStore, useValue: blobs },
        { provide: SecretBox, useValue: secrets },
        { provide: MessageBus, useValue: bus },
        { provide: RouteClient, useValue: client },
        { provide: CallAuthenticator, useValue: new InternalTokenAuthenticator(tokens) },
        { provide: Metrics, useValue: new Metrics() },
        { provide: Logger, useValue: new RecordingLogger() },
      ],
      exports: [BlobStore, SecretBox, MessageBus, RouteClient, CallAuthenticator, Metrics, Logger],
    })
    class Surroundings {}

    @Module({ imports: [Surroundings], controllers: [Others] })
    class OthersModule {}
    others = await createHttpApp(OthersModule, { logger: false });
    await others.listen(0, '127.0.0.1');
    directory['definitions'] = directory['gateway'] = await others.getUrl();

    @Module({ controllers: [Runs] })
    class RunsModule {}
    const runs = await NestFactory.createMicroservice(RunsModule, {
      strategy: new InProcessTransport({ broker: bus, service: 'runs' }),
      logger: false,
    });
    await runs.listen();

    const { settings } = readSettings({}, { settings: dispatcherSettings });
    @Module({
      imports: [Surroundings, DispatcherModule.register({ settings, persistence: service.options })],
    })
    class DispatcherProcess {}
    app = await createHttpApp(DispatcherProcess, { logger: false });
    app.connectMicroservice({ strategy: new InProcessTransport({ broker: bus, service: 'dispatcher' }) });
    await app.listen(0, '127.0.0.1');
    await app.startAllMicroservices();
    directory['dispatcher'] = await app.getUrl();
    closing.push(app, runs, others);
    await client.call(putTenantMode, { tenantId }, { body: { mode: 'live', revision: 1 } });
  });
  afterAll(async () => {
    for (const one of closing) await one.close();
    await blobs.close();
    await service.drop();
    await smtp.stop();
    await rm(folder, { recursive: true });
  });

  const headers = (changes = {}) => ({
    tenantId,
    mode: 'live' as const,
    runId,
    round: 1,
    fedAt: new Date().toISOString(),
    ...changes,
  });
  const sealed = (messageId: string): DispatchMessage => {
    const inline = `Message-ID: <${messageId}.1@x.test>\r\nSubject: Hello\r\n\r\nDear customer\r\n`;
    return {
      messageId,
      copy: 1,
      content: {
        kind: 'sealed',
        transport: 'smtp',
        serverKey: 'main',
        fromKey: 'billing',
        inDoubtPolicy: 'hold',
        messageIdHeader: `<${messageId}.1@x.test>`,
        subject: 'Hello',
        envelopeFrom: 'billing@x.test',
        recipients: [{ kind: 'to', address: 'a@y.test' }],
        sha256: createHash('sha256').update(inline, 'latin1').digest('hex'),
        sizeBytes: inline.length,
        bytes: { inline },
      },
    };
  };
  const outcome = async (messageId: string, state: string) => {
    const isIt = ({ body }: BusMessage<MessageOutcome>) =>
      body.messageId === messageId && body.state === state;
    return (await outcomes.until((items) => items.some(isIt))).find(isIt)!;
  };

  it('takes a sealed mail, sends it with the opened password, and tells both states', async () => {
    const messageId = newId();
    await bus.publish([outgoing(dispatchMessage, headers(), sealed(messageId))]);
    await outcome(messageId, 'accepted');
    expect(await outcome(messageId, 'sent')).toMatchObject({
      headers: { tenantId, runId, round: 1, mode: 'live' },
    });
    expect(smtp.ledger.mails.map((mail) => mail.messageId)).toContain(`<${messageId}.1@x.test>`);

    const { stream } = await client.stream(getCopySource, { tenantId }, { params: { messageId, copy: 1 } });
    expect((await buffer(stream)).toString()).toContain('Dear customer');
    expect(await client.call(getMessageHistory, { tenantId }, { params: { messageId } })).toMatchObject({
      subject: 'Hello',
      outcomes: [{ state: 'sent' }],
      attempts: [{ attempt: 1, state: 'sent', serverKey: 'main', smtpCode: 250 }],
    });
    const copies = [
      { messageId, copy: 1 },
      { messageId, copy: 2 },
    ];
    const { outcomes: found } = await client.call(queryOutcomes, { tenantId }, { body: { copies } });
    expect(found).toMatchObject([{ messageId, copy: 1, state: 'sent' }]);
    await expect(
      client.call(getMessageHistory, { tenantId: newId() }, { params: { messageId } }),
    ).rejects.toMatchObject({ code: 'dispatch.message-not-found' });
  });

  it('shows how servers are used, also those that never were', async () => {
    const body = { serverKeys: ['main', 'unused'] };
    const { states } = await client.call(queryServerStates, { tenantId }, { body });
    expect(states).toMatchObject({
      main: { circuit: 'closed', code: null, statusText: 'Mails can be sent.', nextStep: null },
      unused: { circuit: 'closed', sentPerMinute: 0, connections: 0 },
    });
    expect(states['main']!.sentPerMinute).toBeGreaterThanOrEqual(0);
  });

  it('pauses a server and resumes it, once for each time it is said, with who and why in the audit log', async () => {
    const caller = { tenantId, apiKeyId: newId(), actor: 'Jo' };
    const given = { params: { key: 'main' }, body: { note: 'wrong logo' } };
    const { pausedSince } = await client.call(pauseMessageServer, caller, given);
    expect(await client.call(pauseMessageServer, caller, given)).toEqual({ key: 'main', pausedSince });
    const messageId = newId();
    await bus.publish([outgoing(dispatchMessage, headers(), sealed(messageId))]);
    await outcome(messageId, 'accepted');
    const { states } = await client.call(queryServerStates, { tenantId }, { body: { serverKeys: ['main'] } });
    expect(states['main']).toMatchObject({ pausedSince, statusText: 'It is paused: its mails wait.' });
    const asked = { body: { runIds: [runId] } };
    expect(await client.call(queryPausedRuns, { tenantId }, asked)).toEqual({
      runs: [{ runId, serverKey: 'main' }],
    });

    for (let i = 0; i < 2; i += 1) {
      expect(await client.call(resumeMessageServer, caller, { ...given, body: {} })).toEqual({
        key: 'main',
        pausedSince: null,
      });
    }
    await outcome(messageId, 'sent');
    const audited = await service.database.inTenant(tenantId, (tx) =>
      tx.query(
        `select action, actor, api_key_id as "apiKeyId", after ->> 'note' as note from audit_entries
         where subject = 'message-server/main' order by id`,
      ),
    );
    const { apiKeyId } = caller;
    expect(audited).toEqual([
      { action: 'message-server.paused', actor: 'Jo', apiKeyId, note: 'wrong logo' },
      { action: 'message-server.resumed', actor: 'Jo', apiKeyId, note: null },
    ]);
    await expect(
      client.call(pauseMessageServer, caller, { params: { key: 'other' }, body: {} }),
    ).rejects.toMatchObject({ code: 'dispatch.no-server' });
  });

  it('takes a reply for what the server’s own rules say', async () => {
    const messageId = newId();
    smtp.failNext('final', { kind: 'reply', code: 451, text: 'Some ODD words' });
    await bus.publish([outgoing(dispatchMessage, headers(), sealed(messageId))]);
    expect((await outcome(messageId, 'failed')).body.reply).toMatchObject({
      code: 'smtp.recipient-refused',
      smtpCode: 451,
    });
  });

  it('gives a mail up after the hours that its definition says', async () => {
    const messageId = newId();
    smtp.failNext('final', { kind: 'reply', code: 451, text: 'later' });
    const mail = sealed(messageId);
    const content = { ...mail.content, giveUpAfterHours: 5 } as DispatchMessage['content'];
    await bus.publish([outgoing(dispatchMessage, headers(), { ...mail, content })]);
    const { nextTryAt, at } = (await outcome(messageId, 'deferred')).body;
    const waitMs = Date.parse(nextTryAt!) - Date.parse(at);
    expect(waitMs).toBeGreaterThan(47_000);
    expect(waitMs).toBeLessThan(73_000);
    const { schema, owner } = service;
    const key = `message_id = '${messageId}'`;
    await owner.query(`update ${schema}.attempts set started_at = now() - interval '5 hours' where ${key}`);
    await owner.query(`update ${schema}.mails set due_at = now() where ${key}`);
    smtp.failNext('final', { kind: 'reply', code: 451, text: 'later' });
    expect((await outcome(messageId, 'failed')).body.reply).toMatchObject({ code: 'smtp.gave-up' });
  });

  it('makes an earlier step’s refusal the outcome', async () => {
    const messageId = newId();
    const failure = {
      code: 'template.failed',
      detail: 'x is undefined',
      stage: 'render' as const,
      line: 3,
      column: 4,
    };
    await bus.publish([
      outgoing(dispatchMessage, headers(), { messageId, copy: 1, content: { kind: 'refused', failure } }),
    ]);
    expect((await outcome(messageId, 'failed')).body).toMatchObject({ revision: 1, reply: failure });
  });

  it('makes a damaged record a refusal, and its neighbours go on', async () => {
    const [damaged, fine] = [newId(), newId()];
    const message = sealed(damaged);
    const wrong = { ...message, content: { ...message.content, sha256: 'a'.repeat(64) } } as DispatchMessage;
    await bus.publish([
      outgoing(dispatchMessage, headers(), wrong),
      outgoing(dispatchMessage, headers(), sealed(fine)),
    ]);
    expect((await outcome(damaged, 'failed')).body.reply).toMatchObject({ code: 'dispatch.damaged' });
    await outcome(fine, 'sent');
  });

  it('drops what was fed more than a day ago', async () => {
    const [old, young] = [newId(), newId()];
    const fedAt = new Date(Date.now() - 25 * 3_600_000).toISOString();
    await bus.publish([
      outgoing(dispatchMessage, headers({ fedAt }), sealed(old)),
      outgoing(dispatchMessage, headers(), sealed(young)),
    ]);
    await outcome(young, 'sent');
    expect(outcomes.items.filter(({ body }) => body.messageId === old)).toEqual([]);
  });

  it('stops a round, what comes later for it, and what never came', async () => {
    const stopped = newId();
    await client.call(
      putRunGate,
      { tenantId },
      {
        params: { runId: stopped },
        body: { round: 1, revision: 3, state: 'stopped' },
      },
    );
    const [late, never] = [newId(), newId()];
    await bus.publish([outgoing(dispatchMessage, headers({ runId: stopped }), sealed(late))]);
    await outcome(late, 'stopped');
    const body = { runId: stopped, round: 1, mode: 'live' as const, copies: [{ messageId: never, copy: 1 }] };
    const { outcomes: ended } = await client.call(stopCopies, { tenantId }, { body });
    expect(ended).toMatchObject([{ messageId: never, state: 'stopped', revision: 1 }]);
  });

  it('tests a message server and tells the conversation without secrets', async () => {
    const test = (body: { to: string; fromKey: string }, key = 'main') =>
      client.call(testMessageServer, { tenantId }, { params: { key }, body });
    const result = await test({ to: 'tester@x.test', fromKey: 'billing' });
    expect(result.isAccepted).toBe(true);
    const lines = result.conversation.map(({ line }) => line).join('\n');
    expect(lines).toContain('RCPT TO:<tester@x.test>');
    expect(lines).not.toContain('Tr0ub4dor');
    smtp.failNext('rcpt', { kind: 'reply', code: 550, text: '5.1.1 no such user' });
    expect(await test({ to: 'tester@x.test', fromKey: 'billing' })).toMatchObject({
      isAccepted: false,
      detail: expect.stringContaining('no such user') as string,
    });
    await expect(test({ to: 'customer@y.test', fromKey: 'billing' })).rejects.toMatchObject({
      code: 'dispatch.no-test-address',
    });
    await expect(test({ to: 'tester@x.test', fromKey: 'billing' }, 'other')).rejects.toMatchObject({
      code: 'dispatch.no-server',
    });
  });

  it('ends in order', async () => {
    const messageId = newId();
    smtp.failNext('final', { kind: 'delay', delayMs: 200 });
    await bus.publish([outgoing(dispatchMessage, headers(), sealed(messageId))]);
    await smtp.ledger.until(({ mails }) =>
      mails.some((mail) => mail.messageId === `<${messageId}.1@x.test>`),
    );
    await app.close();
    closing.splice(closing.indexOf(app), 1);
    await outcome(messageId, 'sent');
  });
});

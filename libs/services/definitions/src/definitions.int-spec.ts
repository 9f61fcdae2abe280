import { randomBytes } from 'node:crypto';
import { Global, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  getPublishedDefinition,
  getServerConnection,
  listKnownKeys,
  queryServerStates,
  type MessageServerState,
  type Route,
} from '@mailrun/contracts';
import { BlobStore } from '@mailrun/platform-blobs';
import { MemoryBlobStore } from '@mailrun/platform-blobs/testing';
import { Outage } from '@mailrun/platform-errors';
import {
  CallAuthenticator,
  InternalTokenAuthenticator,
  InternalTokens,
  RouteClient,
  createHttpApp,
} from '@mailrun/platform-http';
import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { KeyRing, SecretBox, secretOwner } from '@mailrun/platform-secrets';
import { FakeTemplateChecker } from './application/ports/template-checker.fake.js';
import { DefinitionsModule, definitionsMigrations } from './index.js';

const tokens = new InternalTokens('a secret of at least thirty-two characters');
const secrets = new SecretBox(KeyRing.parse(`k1:${randomBytes(32).toString('base64')}`));
const checker = new FakeTemplateChecker();
let states: Readonly<Record<string, MessageServerState>> | 'away' = {};
/** Stands where the renderer and the dispatcher would answer. */
const client = {
  call: async (route: Route, { tenantId }: { tenantId: string }, { body }: { body: { parts: never } }) => {
    if (route === queryServerStates) {
      if (states === 'away') throw new Outage('service.unreachable', 'The dispatcher is away.');
      return { states };
    }
    return { faults: await checker.check(tenantId, body.parts) };
  },
};

@Global()
@Module({
  providers: [
    { provide: BlobStore, useClass: MemoryBlobStore },
    { provide: SecretBox, useValue: secrets },
    { provide: RouteClient, useValue: client },
    { provide: CallAuthenticator, useValue: new InternalTokenAuthenticator(tokens) },
  ],
  exports: [BlobStore, SecretBox, RouteClient, CallAuthenticator],
})
class Surroundings {}

const ours = '01900000-0000-7000-8000-000000000001';
const theirs = '01900000-0000-7000-8000-000000000002';
const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47]), randomBytes(60)]);

describe('definitions', () => {
  let service: ServiceTestDatabase;
  let app: NestFastifyApplication;
  let base: string;
  let reader: RouteClient;
  beforeAll(async () => {
    service = await createServiceDatabase('definitions', definitionsMigrations);
    class Root {}
    Module({ imports: [Surroundings, DefinitionsModule.register({ persistence: service.options })] })(Root);
    app = await createHttpApp(Root, { logger: false });
    await app.listen(0, '127.0.0.1');
    base = await app.getUrl();
    reader = new RouteClient({ definitions: base }, tokens);
  });
  afterAll(async () => {
    await app.close();
    await service.drop();
  });

  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    tenantId = ours,
  ) => {
    const isBytes = Buffer.isBuffer(body);
    const response = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${await tokens.sign({ tenantId, actor: 'Ada' })}`,
        ...(body !== undefined && !isBytes && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      etag: response.headers.get('etag'),
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
  const server = { host: 'mail.example', port: 587, tls: 'starttls', user: 'billing', password: 'hush-hush' };
  const definition = {
    name: 'Invoice mail',
    fromKey: 'billing',
    recipientKey: 'InvoiceEmail',
    templateKey: 'invoice-mail',
    transformationKeys: ['csv'],
    zip: true,
    passwordKey: 'InvoicePassword',
  };

  it('keeps a server without ever showing its password, and hands it to services as ciphertext', async () => {
    const made = await send('PUT', '/v1/message-servers/main', server);
    expect(made.status).toBe(200);
    expect(made.etag).toBe('"1"');
    expect(made.body).toMatchObject({
      key: 'main',
      hasPassword: true,
      maxConnections: 5,
      messagesPerMinute: null,
    });
    expect(JSON.stringify(made.body)).not.toContain('hush');
    const connection = await reader.call(
      getServerConnection,
      { tenantId: ours },
      { params: { key: 'main' } },
    );
    expect(secrets.open(connection.password!, secretOwner(ours, 'message-server', 'main'))).toBe('hush-hush');
    const dump = await service.owner.query(`select * from ${service.schema}.audit_entries`);
    expect(JSON.stringify(dump)).not.toContain('hush');
  });

  it('hands servers of a limit group to services with the lowest limits of the group', async () => {
    const limits = { messagesPerMinute: 60, maxConnections: 9, limitGroup: 'provider' };
    await send('PUT', '/v1/message-servers/first', { ...server, ...limits });
    await send('PUT', '/v1/message-servers/second', { ...server, ...limits, messagesPerMinute: 30 });
    const of = (key: string) => reader.call(getServerConnection, { tenantId: ours }, { params: { key } });
    const together = { messagesPerMinute: 30, maxConnections: 9, limitGroup: 'provider' };
    expect(await of('first')).toMatchObject({ ...together, serverKey: 'first', version: 1 });
    expect(await of('second')).toMatchObject({ ...together, serverKey: 'second' });
  });

  it('shows how a server is used now, takes that back unread, and does without it', async () => {
    const watched: MessageServerState = {
      circuit: 'open',
      since: '2026-01-01T00:00:00.000Z',
      probesAt: '2026-01-01T00:05:00.000Z',
      code: 'smtp.credentials-refused',
      smtpCode: 535,
      serverText: 'no',
      sentPerMinute: 0,
      connections: 0,
      reducedMessagesPerMinute: null,
      reducedConnections: null,
      usedUpUntil: null,
      pausedSince: null,
      statusText: 'The mail server refuses user or password; its mails wait.',
      nextStep: 'Correct user or password: the mails go on at once.',
    };
    states = { watched };
    await send('PUT', '/v1/message-servers/watched', server);
    const read = await send('GET', '/v1/message-servers/watched');
    expect(read.body.state).toEqual(watched);
    const list = await send('GET', '/v1/message-servers');
    expect(list.body.items.find(({ key }: { key: string }) => key === 'watched').state).toEqual(watched);
    states = 'away';
    const put = await send('PUT', '/v1/message-servers/watched', read.body, { 'if-match': read.etag! });
    expect(put).toMatchObject({ status: 200, body: { key: 'watched', state: null } });
    states = {};
  });

  it('takes rules for replies, and refuses those that mean nothing or blame a customer', async () => {
    const read = await send('GET', '/v1/message-servers/watched');
    const rule = { stages: ['after-dot'], smtp: ['55x'], text: ['Spam'], scope: 'mail' };
    const put = await send(
      'PUT',
      '/v1/message-servers/watched',
      { ...read.body, replyRules: [rule] },
      { 'if-match': read.etag! },
    );
    expect(put.body.replyRules).toEqual([{ ...rule, permanent: false }]);
    const connection = await reader.call(
      getServerConnection,
      { tenantId: ours },
      { params: { key: 'watched' } },
    );
    expect(connection.replyRules).toEqual([{ ...rule, permanent: false }]);
    const bad = [
      { scope: 'mail' },
      { smtp: ['(a+)+'], scope: 'mail' },
      { smtp: ['250'], scope: 'mail' },
      { enhanced: ['5.*.1'], scope: 'mail' },
      { text: [], scope: 'mail' },
      { text: ['x'.repeat(201)], scope: 'mail' },
      { smtp: ['550'], scope: 'sender', permanent: true },
    ];
    for (const one of bad) {
      const refused = await send(
        'PUT',
        '/v1/message-servers/watched',
        { ...read.body, replyRules: [one] },
        { 'if-match': put.etag! },
      );
      expect([one, refused.status]).toEqual([one, 400]);
      expect(refused.body.errors[0].pointer).toContain('/replyRules/0');
    }
  });

  it('takes back what was read, keeps the password that is left out, and removes it with null', async () => {
    const read = await send('GET', '/v1/message-servers/main');
    const put = await send('PUT', '/v1/message-servers/main', read.body, { 'if-match': read.etag! });
    expect(put).toMatchObject({ status: 200, body: { version: 2, hasPassword: true } });
    const { hasPassword: _, ...rest } = put.body;
    const removed = await send(
      'PUT',
      '/v1/message-servers/main',
      { ...rest, password: null },
      { 'if-match': put.etag! },
    );
    expect(removed.body.hasPassword).toBe(false);
    const wrong = await send(
      'PUT',
      '/v1/message-servers/main',
      { ...rest, version: 77 },
      { 'if-match': removed.etag! },
    );
    expect(wrong).toMatchObject({ status: 422, body: { code: 'field.read-only' } });
  });

  it('asks for If-Match when something is there, and refuses an old one', async () => {
    expect((await send('PUT', '/v1/message-servers/main', server)).status).toBe(428);
    expect((await send('PUT', '/v1/message-servers/main', server, { 'if-match': '"1"' })).status).toBe(412);
    expect((await send('PUT', '/v1/message-servers/new', server, { 'if-match': '"1"' })).status).toBe(412);
  });

  it('names every key of a definition that does not exist, and refuses a password without zip', async () => {
    const answer = await send('PUT', '/v1/message-definitions/invoices', { ...definition, zip: false });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual([
      '/fromKey',
      '/passwordKey',
      '/passwordKey',
      '/recipientKey',
      '/templateKey',
      '/transformationKeys/0',
    ]);
  });

  it('publishes what compiles, in the order of what names what', async () => {
    const put = async (path: string, body: unknown) =>
      expect((await send('PUT', path, body)).status).toBe(200);
    await put('/v1/senders/billing', {
      address: 'billing@company.example',
      displayName: 'Billing',
      serverKey: 'main',
    });
    await put('/v1/recipient-keys/InvoiceEmail', { name: 'Invoices' });
    await put('/v1/password-keys/InvoicePassword', { name: 'Archive' });
    await put('/v1/invoice-transformations/csv', {
      name: 'CSV',
      template: 'a;b',
      outputType: 'csv',
      fileNamePattern: '@(invoice.number).csv',
    });
    const image = await send('PUT', '/v1/images/logo', png, { 'content-type': 'image/png' });
    expect(image).toMatchObject({ status: 200, body: { sizeBytes: 64 } });
    expect(image.body.blobKey).toBeUndefined();
    await put('/v1/message-templates/invoice-mail', {
      name: 'Mail',
      subject: 'Invoice',
      html: '<img src="cid:logo">\n  @{',
    });
    await put('/v1/message-definitions/invoices', definition);

    const early = await send('POST', '/v1/message-definitions/invoices/publish', {});
    expect(early).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/templateKey' }, { pointer: '/transformationKeys/0' }] },
    });
    const broken = await send('POST', '/v1/message-templates/invoice-mail/publish', {});
    expect(broken.body.errors).toEqual([
      {
        pointer: '/html',
        code: 'template.syntax-error',
        detail: 'Line 2, column 3: The block is not closed.',
      },
    ]);
    const draft = await send('GET', '/v1/message-templates/invoice-mail');
    const mended = { ...draft.body, html: '<img src="cid:logo">' };
    expect(
      (await send('PUT', '/v1/message-templates/invoice-mail', mended, { 'if-match': draft.etag! })).status,
    ).toBe(200);
    for (const path of [
      'message-templates/invoice-mail',
      'invoice-transformations/csv',
      'message-definitions/invoices',
    ]) {
      expect(await send('POST', `/v1/${path}/publish`, {})).toMatchObject({
        status: 200,
        body: { number: 1, actor: 'Ada' },
      });
    }
    const published = await reader.call(
      getPublishedDefinition,
      { tenantId: ours },
      { params: { key: 'invoices' } },
    );
    expect(published).toMatchObject({
      sender: { address: 'billing@company.example', serverKey: 'main' },
      template: { version: 1, html: '<img src="cid:logo">' },
      transformations: [{ key: 'csv', version: 1, outputType: 'csv' }],
      images: [{ key: 'logo', content: { sizeBytes: 64 } }],
      archiveNamePattern: 'Invoice-@(invoice.number).zip',
    });
  });

  it('keeps a published version when the draft goes on, and publishes once for one idempotency key', async () => {
    const draft = await send('GET', '/v1/message-templates/invoice-mail');
    await send(
      'PUT',
      '/v1/message-templates/invoice-mail',
      { ...draft.body, subject: 'New' },
      { 'if-match': draft.etag! },
    );
    const key = { 'idempotency-key': 'publish-2' };
    const publish = () => send('POST', '/v1/message-templates/invoice-mail/publish', {}, key);
    expect((await publish()).body.number).toBe(2);
    expect((await publish()).body.number).toBe(2);
    const versions = await send('GET', '/v1/message-templates/invoice-mail/versions');
    expect(
      versions.body.items.map(
        (item: { number: number; content: { subject: string } }) => `${item.number} ${item.content.subject}`,
      ),
    ).toEqual(['2 New', '1 Invoice']);
  });

  it('keeps what is named, and says who names it', async () => {
    const etag = (await send('GET', '/v1/senders/billing')).etag!;
    const answer = await send('DELETE', '/v1/senders/billing', undefined, { 'if-match': etag });
    expect(answer).toMatchObject({ status: 409, body: { code: 'sender.in-use' } });
    expect(answer.body.detail).toContain("message definition 'invoices'");
    await send('PUT', '/v1/recipient-keys/Unused', { name: 'x' });
    expect((await send('DELETE', '/v1/recipient-keys/Unused', undefined, { 'if-match': '"1"' })).status).toBe(
      204,
    );
  });

  it('refuses images that are none', async () => {
    const answer = await send('PUT', '/v1/images/bad', Buffer.from('<svg onload=alert(1)>'), {
      'content-type': 'image/png',
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'image.wrong-content' } });
    const large = await send('PUT', '/v1/images/large', Buffer.concat([png, Buffer.alloc(1024 * 1024)]), {
      'content-type': 'image/png',
    });
    expect(large.status).toBe(413);
  });

  it('shows nothing of another tenant, and takes the same keys there', async () => {
    expect((await send('GET', '/v1/message-servers/main', undefined, {}, theirs)).status).toBe(404);
    expect((await send('PUT', '/v1/message-servers/main', server, {}, theirs)).body.version).toBe(1);
    const keys = await reader.call(listKnownKeys, { tenantId: theirs }, {});
    expect(keys).toEqual({ recipientKeys: [], passwordKeys: [], transformationKeys: [] });
  });

  it('pages by key', async () => {
    for (const name of ['a1', 'a2', 'a3'])
      await send('PUT', `/v1/password-keys/${name}`, { name }, {}, theirs);
    const first = await send('GET', '/v1/password-keys?limit=2', undefined, {}, theirs);
    const second = await send(
      'GET',
      `/v1/password-keys?limit=2&cursor=${first.body.next}`,
      undefined,
      {},
      theirs,
    );
    expect([...first.body.items, ...second.body.items].map((item: { key: string }) => item.key)).toEqual([
      'a1',
      'a2',
      'a3',
    ]);
    expect(second.body.next).toBeUndefined();
  });
});

import { Controller, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import {
  getTenantSettings,
  putDocument,
  putTenantMode,
  getDocument,
  reopenInvoice,
} from '@mailrun/contracts';
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
import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { ChangeTenant, GatewayInternalModule, GatewayModule, gatewayMigrations } from './index.js';

const tokens = new InternalTokens('a secret of at least thirty-two characters');
const told: { tenantId: string; mode: string; revision: number }[] = [];

let sawFirstBytes: () => void;
const firstBytes = new Promise<void>((done) => (sawFirstBytes = done));
let endCutBody: (body: Promise<Buffer>) => void;
const cutBody = new Promise<Buffer>((done) => (endCutBody = done));

/** Stands for the services behind the gateway. */
@Controller()
class Behind {
  @Serves(putDocument)
  async put(call: Call<typeof putDocument>): Promise<HttpAnswer> {
    if (call.params.code === 'cut') {
      call.content.stream.once('data', sawFirstBytes);
      const body = buffer(call.content.stream);
      endCutBody(body);
      return { body: (await body).length };
    }
    const bytes = await buffer(call.content.stream);
    return {
      body: {
        code: call.params.code,
        type: call.content.type,
        sizeBytes: bytes.length,
        context: call.context,
      },
      version: 3,
    };
  }

  @Serves(getDocument)
  get(): Promise<HttpAnswer> {
    return Promise.resolve({
      stream: Readable.from([Buffer.alloc(300_000, 7)]),
      contentType: 'application/pdf',
    });
  }

  @Serves(reopenInvoice)
  reopen(call: Call<typeof reopenInvoice>): Promise<HttpAnswer> {
    throw new Refusal('rule', 'invoice.not-approved', `No: ${call.body.reason}`);
  }

  @Serves(putTenantMode)
  mode({ context, body }: Call<typeof putTenantMode>): Promise<HttpAnswer> {
    told.push({ tenantId: context.tenantId, ...body });
    return Promise.resolve({});
  }
}

@Module({
  controllers: [Behind],
  providers: [{ provide: CallAuthenticator, useValue: new InternalTokenAuthenticator(tokens) }],
})
class BehindModule {}

const settings = {
  name: 'Chinook',
  mode: 'test' as const,
  testAddresses: ['test@company.example'],
  allowedBccDomains: [],
  locale: 'en',
  timeZone: 'UTC',
};

describe('gateway', () => {
  let service: ServiceTestDatabase;
  let behind: NestFastifyApplication;
  let app: NestFastifyApplication;
  let internal: NestFastifyApplication;
  let base: string;
  let key: string;
  let tenantId: string;
  beforeAll(async () => {
    service = await createServiceDatabase('gateway', gatewayMigrations);
    behind = await createHttpApp(BehindModule, { logger: false });
    await behind.listen(0, '127.0.0.1');
    const url = await behind.getUrl();
    const options = {
      persistence: service.options,
      services: { runs: url, dispatcher: url, definitions: 'http://127.0.0.1:9' },
      tokens,
      // So that calls of a slow machine come too often as well.
      requestsPerSecond: 1,
      requestBurst: 100,
    };
    app = await createHttpApp(GatewayModule.register(options), { logger: false });
    await app.listen(0, '127.0.0.1');
    base = await app.getUrl();
    class Internal {}
    Module({
      imports: [
        {
          module: class Surroundings {},
          global: true,
          providers: [{ provide: CallAuthenticator, useValue: new InternalTokenAuthenticator(tokens) }],
          exports: [CallAuthenticator],
        },
        GatewayInternalModule.register(options),
      ],
    })(Internal);
    internal = await createHttpApp(Internal, { logger: false });
    await internal.listen(0, '127.0.0.1');
    const made = await app.get(ChangeTenant, { strict: false }).create(settings, 'first');
    key = made.apiKey;
    tenantId = made.tenant.id;
  });
  afterAll(async () => {
    await Promise.all([app.close(), behind.close(), internal.close()]);
    await service.drop();
  });

  const send = async (
    method: string,
    path: string,
    init: { body?: unknown; key?: string; headers?: object } = {},
  ) => {
    const isText = typeof init.body === 'string';
    const response = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${init.key ?? key}`,
        ...(init.body !== undefined && { 'content-type': isText ? 'application/pdf' : 'application/json' }),
        ...init.headers,
      },
      ...(init.body !== undefined && { body: isText ? (init.body as string) : JSON.stringify(init.body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };

  it('passes bytes through with the tenant and key of the caller, codes with slashes untouched', async () => {
    const answer = await send('PUT', '/v1/invoices/2025%2F00123/documents/pdf', {
      body: 'x'.repeat(200_000),
    });
    expect(answer).toMatchObject({
      status: 200,
      body: { code: '2025/00123', type: 'application/pdf', sizeBytes: 200_000, context: { tenantId } },
    });
    expect(answer.headers.get('etag')).toBe('"3"');
    const bytes = await send('GET', '/v1/invoices/a/documents/pdf');
    expect([bytes.headers.get('content-type'), (bytes.body as string).length]).toEqual([
      'application/pdf',
      300_000,
    ]);
  });

  it('hands on the refusal of a body that is too large, while the rest of it still comes', async () => {
    for (let round = 0; round < 5; round += 1) {
      const answer = await send('POST', '/v1/invoices/a/reopen', {
        body: { reason: 'x'.repeat(12_000_000) },
      });
      expect(answer).toMatchObject({ status: 413, body: { code: 'body.too-large' } });
    }
  });

  it('shows a service that the caller went away in the middle of its body', async () => {
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    const path = '/v1/invoices/cut/documents/pdf';
    socket.write(
      `PUT ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/pdf\r\ncontent-length: 100\r\n\r\nabc`,
    );
    await firstBytes;
    socket.destroy();
    await expect(cutBody).rejects.toThrow();
  });

  it("answers a service's refusal as it is, and 503 when the service is away", async () => {
    expect(await send('POST', '/v1/invoices/a/reopen', { body: { reason: 'typo' } })).toMatchObject({
      status: 422,
      body: { code: 'invoice.not-approved', detail: 'No: typo' },
    });
    expect(await send('GET', '/v1/senders')).toMatchObject({
      status: 503,
      body: { code: 'service.unavailable' },
    });
  });

  it('refuses wrong, revoked and expired keys, and keys without the scope', async () => {
    for (const wrong of ['', 'mr_x', key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A')]) {
      expect(await send('GET', '/v1/tenant', { key: wrong })).toMatchObject({
        status: 401,
        body: { code: 'api-key.invalid' },
      });
    }
    const make = async (body: object) =>
      (await send('POST', '/v1/api-keys', { body: { name: 'k', ...body } })).body;
    const reader = await make({ scopes: ['billing:read'] });
    expect(
      await send('POST', '/v1/invoices/a/reopen', { key: reader.secret, body: { reason: 'x' } }),
    ).toMatchObject({
      status: 403,
      body: { code: 'api-key.scope-missing' },
    });
    expect((await send('GET', '/v1/invoices/a/documents/pdf', { key: reader.secret })).status).toBe(200);
    expect((await send('DELETE', `/v1/api-keys/${reader.id}`)).status).toBe(204);
    expect((await send('GET', '/v1/invoices/a/documents/pdf', { key: reader.secret })).status).toBe(401);
    const old = await make({ scopes: ['admin'], expiresAt: '2020-01-01T00:00:00Z' });
    expect((await send('GET', '/v1/tenant', { key: old.secret })).status).toBe(401);
  });

  it('shows a secret once: not in lists, not in the database, not for a repeated idempotency key', async () => {
    const request = {
      body: { name: 'once', scopes: ['billing:read'] },
      headers: { 'idempotency-key': 'make-1' },
    };
    const first = await send('POST', '/v1/api-keys', request);
    expect(first.status).toBe(201);
    expect(await send('POST', '/v1/api-keys', request)).toMatchObject({
      status: 409,
      body: { code: 'api-key.made-before' },
    });
    const secret = (first.body.secret as string).split('_').at(-1)!;
    expect(JSON.stringify((await send('GET', '/v1/api-keys')).body)).not.toContain(secret);
    const dump = await service.owner.query(
      `select (select json_agg(k) from ${service.schema}.api_keys k)::text || (select json_agg(i) from ${service.schema}.idempotency_keys i)::text as all`,
    );
    expect(JSON.stringify(dump)).not.toContain(secret);
  });

  it('lets a key with act-for name the person', async () => {
    const answer = await send('PUT', '/v1/invoices/a/documents/pdf', {
      body: 'x',
      headers: { 'mailrun-actor': 'Ada' },
    });
    expect(answer.body.context.actor).toBe('Ada');
    const { secret } = (
      await send('POST', '/v1/api-keys', { body: { name: 'k', scopes: ['billing:write'] } })
    ).body;
    const refused = await send('PUT', '/v1/invoices/a/documents/pdf', {
      key: secret,
      body: 'x',
      headers: { 'mailrun-actor': 'Ada' },
    });
    expect(refused.status).toBe(403);
  });

  it('tells the dispatcher of a new mode before it answers', async () => {
    const read = await send('GET', '/v1/tenant');
    const body = { ...read.body, mode: 'live' };
    const changed = await send('PUT', '/v1/tenant', {
      body,
      headers: { 'if-match': read.headers.get('etag')! },
    });
    expect(changed).toMatchObject({ status: 200, body: { mode: 'live', version: 2 } });
    expect(told.at(-1)).toEqual({ tenantId, mode: 'live', revision: 2 });
    const client = new RouteClient({ gateway: await internal.getUrl() }, tokens);
    expect(await client.call(getTenantSettings, { tenantId }, {})).toMatchObject({
      mode: 'live',
      revision: 2,
    });
    const test = { ...changed.body, mode: 'test', testAddresses: [] };
    const refused = await send('PUT', '/v1/tenant', { body: test, headers: { 'if-match': '*' } });
    expect(refused).toMatchObject({ status: 422, body: { code: 'tenant.test-address-missing' } });
  });

  it('shows the contract and a page to read it, and says where they are', async () => {
    expect((await send('GET', '/v1/openapi.json')).body.openapi).toBe('3.1.0');
    expect((await send('GET', '/v1/docs')).body).toContain('swagger-ui-bundle.js');
    expect((await send('GET', '/v1/docs/swagger-ui.css')).status).toBe(200);
    expect(await send('GET', '/v1/nothing')).toMatchObject({
      status: 404,
      body: { code: 'route.not-found' },
    });
  });

  it('asks a key that calls too often to wait', async () => {
    const { secret } = (await send('POST', '/v1/api-keys', { body: { name: 'k', scopes: ['admin'] } })).body;
    const answers = await Promise.all(
      Array.from({ length: 400 }, () => send('GET', '/v1/tenant', { key: secret })),
    );
    const refused = answers.find((answer) => answer.status === 429);
    expect(refused?.headers.get('retry-after')).toMatch(/^[1-9]/);
  });
});

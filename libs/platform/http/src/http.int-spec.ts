import { Controller, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { codeSchema, defineRoute } from '@mailrun/contracts';
import { Outage, Refusal } from '@mailrun/platform-errors';
import {
  CallAuthenticator,
  InternalTokenAuthenticator,
  InternalTokens,
  RouteClient,
  Serves,
  checkIfMatch,
  createHttpApp,
  type Call,
  type HttpAnswer,
} from './index.js';

const common = { tag: 'Test', service: 'runs' as const };
const putThing = defineRoute({
  ...common,
  id: 'putThing',
  method: 'PUT',
  path: '/internal/things/{code}',
  summary: 'A thing.',
  params: z.object({ code: codeSchema }),
  query: z.strictObject({ times: z.coerce.number().int().default(1) }),
  body: { kind: 'json', schema: z.strictObject({ name: z.string().min(2), count: z.int().optional() }) },
  response: {
    kind: 'json',
    status: 200,
    schema: z.object({ code: z.string(), tenant: z.string(), times: z.number() }),
  },
  ifMatch: 'required',
});
const echo = defineRoute({
  ...common,
  id: 'echo',
  method: 'POST',
  path: '/internal/echo',
  summary: 'The same bytes.',
  body: { kind: 'stream', contentTypes: ['text/plain'], summary: 'Text.' },
  response: { kind: 'stream', status: 200, contentType: 'text/plain' },
});
const fail = defineRoute({
  ...common,
  id: 'fail',
  method: 'GET',
  path: '/internal/fail/{how}',
  summary: 'Fails.',
  params: z.object({ how: z.enum(['refusal', 'outage', 'bug']) }),
  response: { kind: 'empty', status: 204 },
});

@Controller()
class ThingsController {
  @Serves(putThing)
  put(call: Call<typeof putThing>): Promise<HttpAnswer> {
    checkIfMatch(putThing, call.ifMatch, call.params.code === 'stored' ? 7 : undefined);
    const body = { code: call.params.code, tenant: call.context.tenantId, times: call.query.times };
    return Promise.resolve({ body, version: 8 });
  }

  @Serves(echo)
  async echo(call: Call<typeof echo>): Promise<HttpAnswer> {
    return { stream: Readable.from([await text(call.content.stream)]) };
  }

  @Serves(fail)
  fail(call: Call<typeof fail>): Promise<HttpAnswer> {
    if (call.params.how === 'refusal') throw new Refusal('rule', 'things.refused', 'Not like this.');
    if (call.params.how === 'outage') throw new Outage('x.away', 'The x is away.');
    throw new TypeError('secret detail');
  }
}

const tokens = new InternalTokens('a secret of at least thirty-two characters');

@Module({
  controllers: [ThingsController],
  providers: [{ provide: CallAuthenticator, useValue: new InternalTokenAuthenticator(tokens) }],
})
class TestModule {}

const caller = { tenantId: '01900000-0000-7000-8000-000000000001', actor: 'Ada' };

describe('routes over HTTP', () => {
  let app: NestFastifyApplication;
  let base: string;
  let client: RouteClient;
  beforeAll(async () => {
    app = await createHttpApp(TestModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    base = await app.getUrl();
    client = new RouteClient({ runs: base }, tokens);
  });
  afterAll(() => app.close());

  const raw = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${await tokens.sign(caller)}`, ...(init.headers as object) };
    const response = await fetch(base + path, { ...init, headers });
    return {
      status: response.status,
      headers: response.headers,
      body: JSON.parse((await response.text()) || 'null'),
    };
  };
  const json = { 'content-type': 'application/json' };

  it('carries tenant, path with slashes and query to the handler, and its answer back', async () => {
    const answer = await client.call(putThing, caller, {
      params: { code: '2025/00123 ü' },
      query: { times: 3 },
      body: { name: 'ab' },
    });
    expect(answer).toEqual({ code: '2025/00123 ü', tenant: caller.tenantId, times: 3 });
  });

  it('names every bad field by its pointer', async () => {
    const body = JSON.stringify({ name: 'a', count: '5', surprise: true });
    const {
      status,
      headers,
      body: problem,
    } = await raw('/internal/things/a', { method: 'PUT', body, headers: json });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(problem.code).toBe('body.invalid');
    expect(
      problem.errors.map((e: { pointer: string; code: string }) => `${e.pointer} ${e.code}`).sort(),
    ).toEqual(['/count invalid-type', '/name too-small', '/surprise unknown-field']);
  });

  it.each([
    ['PUT', '/internal/things/a', json, '{"name":', 400, 'body.malformed'],
    ['PUT', '/internal/things/a', json, new Uint8Array([0x22, 0xff, 0x22]), 400, 'body.malformed'],
    ['PUT', '/internal/things/a', { 'content-type': 'text/plain' }, '{}', 415, 'content-type.unsupported'],
    [
      'PUT',
      '/internal/things/a',
      json,
      JSON.stringify({ name: 'x'.repeat(5_000_000) }),
      413,
      'body.too-large',
    ],
    ['PUT', '/internal/things/a?times=x', json, '{"name":"ab"}', 400, 'query.invalid'],
    ['PUT', '/internal/things/stored', json, '{"name":"ab"}', 428, 'if-match.required'],
    ['POST', '/internal/echo', json, 'x', 415, 'content-type.unsupported'],
    ['GET', '/internal/nowhere', {}, undefined, 404, 'route.not-found'],
  ])('%s %s answers what is wrong', async (method, path, headers, body, status, code) => {
    const answer = await raw(path, { method, headers, ...(body !== undefined && { body }) });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('compares If-Match and gives the new ETag', async () => {
    const put = (ifMatch: string) =>
      raw('/internal/things/stored', {
        method: 'PUT',
        headers: { ...json, 'if-match': ifMatch },
        body: '{"name":"ab"}',
      });
    expect((await put('"6"')).status).toBe(412);
    const good = await put('"7"');
    expect([good.status, good.headers.get('etag')]).toEqual([200, '"8"']);
  });

  it('passes refusals of a service on as they are, outages as outages, bugs without their detail', async () => {
    await expect(client.call(fail, caller, { params: { how: 'refusal' } })).rejects.toMatchObject({
      name: 'Refusal',
      kind: 'rule',
      code: 'things.refused',
      message: 'Not like this.',
    });
    await expect(client.call(fail, caller, { params: { how: 'outage' } })).rejects.toMatchObject({
      name: 'Outage',
    });
    const bug = await raw('/internal/fail/bug');
    expect(bug.status).toBe(500);
    expect(JSON.stringify(bug.body)).not.toContain('secret detail');
  });

  it('streams bytes both ways', async () => {
    const answer = await fetch(`${base}/internal/echo`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await tokens.sign(caller)}`, 'content-type': 'text/plain' },
      body: 'some text',
    });
    expect(await answer.text()).toBe('some text');
  });

  it('refuses calls without a token, with a forged one, and of an unreachable service', async () => {
    expect((await fetch(`${base}/internal/fail/bug`)).status).toBe(401);
    const forged = await new InternalTokens('another secret of thirty-two characters!').sign(caller);
    const answer = await fetch(`${base}/internal/fail/bug`, {
      headers: { authorization: `Bearer ${forged}` },
    });
    expect(answer.status).toBe(401);
    const away = new RouteClient({ runs: 'http://127.0.0.1:9' }, tokens);
    await expect(away.call(fail, caller, { params: { how: 'bug' } })).rejects.toMatchObject({
      name: 'Outage',
    });
  });
});

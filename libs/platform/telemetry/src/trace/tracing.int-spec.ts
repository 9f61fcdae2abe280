import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import {
  contextOf,
  currentTraceparent,
  spanContextOf,
  startTracing,
  withBatchSpan,
  withSpan,
} from '../index.js';

interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code?: number };
}

interface ReceivedBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: object }[] };
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
  }[];
}

/** As much of an OTLP collector as is needed to see what arrives. */
async function startCollector(): Promise<{
  server: Server;
  endpoint: string;
  bodies: ReceivedBody[];
  paths: string[];
}> {
  const bodies: ReceivedBody[] = [];
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    void json(request).then((body) => {
      bodies.push(body as ReceivedBody);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, bodies, paths };
}

const upstream = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('tracing', () => {
  it('costs nothing and passes work through where no endpoint is given', async () => {
    const tracing = await startTracing({ service: 'runs', endpoint: undefined });
    expect(await withSpan('work', {}, async () => currentTraceparent())).toBeUndefined();
    await tracing.stop();
  });

  it('sends spans that continue and link traces', async () => {
    const { server, endpoint, bodies, paths } = await startCollector();
    const tracing = await startTracing({ service: 'runs', endpoint });

    const stored = await withSpan('feed', { parent: upstream }, async () => currentTraceparent());
    expect(spanContextOf(stored)?.traceId).toBe(spanContextOf(upstream)?.traceId);
    const failing = withBatchSpan('apply', [upstream, undefined, 'nonsense', stored], { messages: 2 }, () =>
      Promise.reject(new Error('boom')),
    );
    await expect(failing).rejects.toThrow('boom');
    await tracing.stop();
    server.close();

    expect(new Set(paths)).toEqual(new Set(['/v1/traces']));
    const resources = bodies.flatMap((body) => body.resourceSpans);
    expect(resources[0]?.resource.attributes).toContainEqual({
      key: 'service.name',
      value: { stringValue: 'runs' },
    });
    const spans = resources.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans));
    const [feed, apply] = ['feed', 'apply'].map((name) => spans.find((span) => span.name === name));
    expect(feed?.parentSpanId).toBe('b7ad6b7169203331');
    expect(apply?.parentSpanId).toBeUndefined();
    expect(apply?.links?.map((link) => link.spanId)).toEqual(['b7ad6b7169203331', feed?.spanId]);
    expect(apply?.status.code).toBe(2);
  });

  it('takes a malformed traceparent for none', () => {
    expect(spanContextOf('00-00000000000000000000000000000000-b7ad6b7169203331-01')).toBeUndefined();
    expect(spanContextOf(undefined)).toBeUndefined();
    expect(() => contextOf('nonsense')).not.toThrow();
  });
});

import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ROOT_CONTEXT,
  context,
  trace,
  type Context,
  type ContextManager,
  type Link,
  type SpanContext,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';
import { busExamples } from '@mailrun/contracts';
import { validated } from '../wire/validate.js';
import { note } from '../testing/note.js';
import { traceBatch } from './trace-batch.js';
import { traceparentOf } from './traceparent.js';

interface Started {
  readonly name: string;
  readonly spanContext: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly links: readonly Link[];
  status?: number;
  ended?: boolean;
}

/** The least of a tracing SDK: numbered spans, and the context of the call. */
function fakeTracing() {
  const started: Started[] = [];
  const storage = new AsyncLocalStorage<Context>();
  const startSpan = (name: string, options: SpanOptions = {}, at: Context = context.active()) => {
    const parent = trace.getSpanContext(at);
    const number = String(started.length + 1);
    const spanContext = {
      traceId: parent?.traceId ?? number.padStart(32, '0'),
      spanId: number.padStart(16, '0'),
      traceFlags: 1,
    };
    const span: Started = { name, spanContext, parent, links: options.links ?? [] };
    started.push(span);
    return {
      ...trace.wrapSpanContext(spanContext),
      spanContext: () => spanContext,
      setStatus: ({ code }: { code: number }) => (span.status = code),
      recordException: () => undefined,
      end: () => (span.ended = true),
    } as never;
  };
  const tracer = {
    startSpan,
    startActiveSpan: (name: string, options: SpanOptions, work: (span: never) => unknown) => {
      const span = startSpan(name, options);
      return context.with(trace.setSpan(context.active(), span), () => work(span));
    },
  } as unknown as Tracer;
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (at, work, self, ...args) => storage.run(at, () => work.call(self, ...args) as never),
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  context.setGlobalContextManager(manager);
  return started;
}

const headers = busExamples.exampleHeaders;
const message = (traceId: string, flags = '01') => ({
  headers: { ...headers, traceparent: `00-${traceId.padStart(32, '0')}-00000000000000ff-${flags}` },
  body: {},
});

describe('traceBatch', () => {
  let started: Started[];
  beforeEach(() => (started = fakeTracing()));
  afterEach(() => {
    trace.disable();
    context.disable();
  });

  it('links the batch to the traces of its messages, and goes on in each of them', async () => {
    const messages = [message('a'), message('b', '00'), { headers, body: {} }];
    await traceBatch('note.v1', messages, async (traced) => {
      expect(traced[0]!.headers.traceparent).toBe(`00-${'a'.padStart(32, '0')}-0000000000000002-01`);
      expect(traced.slice(1)).toEqual(messages.slice(1));
      expect(traceparentOf()).toBe(`00-${'1'.padStart(32, '0')}-0000000000000001-01`);
    });
    expect(started).toHaveLength(2);
    const [batch, one] = started;
    expect(batch!.links.map((link) => link.context.traceId)).toEqual(['a'.padStart(32, '0')]);
    expect(one!.parent).toMatchObject({ traceId: 'a'.padStart(32, '0'), spanId: '00000000000000ff' });
    expect(started.every(({ ended }) => ended)).toBe(true);
  });

  it('marks all spans as failed when the handler fails', async () => {
    await expect(
      traceBatch('note.v1', [message('a')], () => Promise.reject(new Error('no'))),
    ).rejects.toThrow('no');
    expect(started.map(({ status, ended }) => ({ status, ended }))).toEqual([
      { status: 2, ended: true },
      { status: 2, ended: true },
    ]);
  });

  it('makes no span when no message is sampled', async () => {
    await traceBatch('note.v1', [message('a', '00'), { headers, body: {} }], async () => undefined);
    expect(started).toEqual([]);
  });

  it('gives published messages the active span, unless they bring a traceparent', async () => {
    const { producedAt, ...own } = headers;
    const outgoing = { type: note, headers: own, body: { thread: 'a', number: 1 } };
    await trace.getTracer('x').startActiveSpan('feed', {}, async () => {
      expect(validated(outgoing, producedAt).headers.traceparent).toBe(
        `00-${'1'.padStart(32, '0')}-0000000000000001-01`,
      );
      const { traceparent } = message('c').headers;
      const brought = { ...outgoing, headers: { ...own, traceparent } };
      expect(validated(brought, producedAt).headers.traceparent).toBe(traceparent);
    });
    expect(validated(outgoing, producedAt).headers.traceparent).toBeUndefined();
  });
});

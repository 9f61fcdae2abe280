import { SpanKind, SpanStatusCode, context, trace, type Attributes, type Span } from '@opentelemetry/api';
import { contextOf, spanContextOf } from './traceparent.js';

/** More links than that make a span that no backend takes. */
const maxLinks = 128;
const tracer = () => trace.getTracer('mailrun');

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Continues this trace instead of the active one. */
  readonly parent?: string | undefined;
}

/** Runs work in a span: a child of `parent`, or else of the active span. */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const parent = options.parent === undefined ? context.active() : contextOf(options.parent);
  const { kind = SpanKind.INTERNAL, attributes = {} } = options;
  return tracer().startActiveSpan(name, { kind, attributes }, parent, (span) => settle(span, work));
}

/**
 * Runs work on a batch in a span of its own, linked to the traces of its parts: a batch has many parents and so
 * is the child of none (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/).
 */
export async function withBatchSpan<T>(
  name: string,
  traceparents: Iterable<string | undefined>,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const links = [];
  for (const traceparent of traceparents) {
    const linked = spanContextOf(traceparent);
    if (linked !== undefined && links.push({ context: linked }) === maxLinks) break;
  }
  return tracer().startActiveSpan(name, { kind: SpanKind.INTERNAL, links, attributes }, (span) =>
    settle(span, work),
  );
}

async function settle<T>(span: Span, work: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await work(span);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.recordException(error instanceof Error ? error : String(error));
    throw error;
  } finally {
    span.end();
  }
}

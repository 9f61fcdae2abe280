import { context, trace, TraceFlags, type SpanContext } from '@opentelemetry/api';

/** W3C Trace Context of the active span, if there is one. https://www.w3.org/TR/trace-context/ */
export function traceparentOf(spanContext: SpanContext | undefined = trace.getSpanContext(context.active())) {
  if (spanContext === undefined || !trace.isSpanContextValid(spanContext)) return undefined;
  const flags = spanContext.traceFlags.toString(16).padStart(2, '0');
  return `00-${spanContext.traceId}-${spanContext.spanId}-${flags}`;
}

const format = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/;

/** The span that a traceparent names, or undefined when it is malformed. */
export function spanContextOf(traceparent: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = format.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return trace.isSpanContextValid(spanContext) ? spanContext : undefined;
}

export const isSampled = (spanContext: SpanContext): boolean =>
  (spanContext.traceFlags & TraceFlags.SAMPLED) !== 0;

import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Link, type Span } from '@opentelemetry/api';
import type { BusMessage } from '@mailrun/contracts';
import { isSampled, spanContextOf, traceparentOf } from './traceparent.js';

/** Links of one span, at most: more make a span that no backend takes. */
const maxLinks = 128;

/**
 * Runs a handler in one span for the batch, linked to the traces of its messages (a batch has many parents:
 * https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/). Each sampled message has a span in its own
 * trace besides, and carries that on as its `traceparent`, so that a trace shows every hop of its message. Costs
 * nothing when no message is sampled.
 */
export async function traceBatch(
  topic: string,
  messages: readonly BusMessage[],
  work: (messages: readonly BusMessage[]) => Promise<void>,
): Promise<void> {
  const contexts = messages.map(({ headers }) => sampledContextOf(headers.traceparent));
  const links: Link[] = contexts.flatMap((context) => (context === undefined ? [] : [{ context }]));
  if (links.length === 0) return work(messages);
  const tracer = trace.getTracer('mailrun.messaging');
  const attributes = { 'messaging.operation.type': 'process', 'messaging.destination.name': topic };
  const name = `process ${topic}`;
  const ofBatch = {
    kind: SpanKind.CONSUMER,
    links: links.slice(0, maxLinks),
    attributes: { ...attributes, 'messaging.batch.message_count': messages.length },
  };
  return tracer.startActiveSpan(name, ofBatch, async (batchSpan) => {
    const spans: Span[] = [batchSpan];
    const traced = messages.map((message, index) => {
      const parent = contexts[index];
      if (parent === undefined) return message;
      const ofMessage = {
        kind: SpanKind.CONSUMER,
        links: [{ context: batchSpan.spanContext() }],
        attributes,
      };
      const span = tracer.startSpan(name, ofMessage, trace.setSpanContext(ROOT_CONTEXT, parent));
      spans.push(span);
      const traceparent = traceparentOf(span.spanContext());
      return traceparent === undefined
        ? message
        : { ...message, headers: { ...message.headers, traceparent } };
    });
    try {
      await work(traced);
    } catch (error) {
      for (const span of spans) span.setStatus({ code: SpanStatusCode.ERROR });
      if (error instanceof Error) batchSpan.recordException(error);
      throw error;
    } finally {
      for (const span of spans) span.end();
    }
  });
}

function sampledContextOf(traceparent: string | undefined) {
  const context = traceparent === undefined ? undefined : spanContextOf(traceparent);
  return context !== undefined && isSampled(context) ? context : undefined;
}

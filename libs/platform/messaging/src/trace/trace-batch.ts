import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { BusMessage } from '@mailrun/contracts';
import { isSampled, spanContextOf } from './traceparent.js';

/** Links of one span, at most: more make a span that no backend takes. */
const maxLinks = 128;

/**
 * Runs a handler in a span of its own that is linked to the traces of its messages (a batch has many parents:
 * https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/). Costs nothing when no message is sampled.
 */
export async function traceBatch(
  topic: string,
  messages: readonly BusMessage[],
  work: () => Promise<void>,
): Promise<void> {
  const links = [];
  for (const { headers } of messages) {
    if (headers.traceparent === undefined) continue;
    const context = spanContextOf(headers.traceparent);
    if (context !== undefined && isSampled(context) && links.push({ context }) === maxLinks) break;
  }
  if (links.length === 0) return work();
  const options = {
    kind: SpanKind.CONSUMER,
    links,
    attributes: {
      'messaging.operation.type': 'process',
      'messaging.destination.name': topic,
      'messaging.batch.message_count': messages.length,
    },
  };
  return trace.getTracer('mailrun.messaging').startActiveSpan(`process ${topic}`, options, async (span) => {
    try {
      await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      if (error instanceof Error) span.recordException(error);
      throw error;
    } finally {
      span.end();
    }
  });
}

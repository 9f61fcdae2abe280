import { busHeadersSchema, type BusHeaders, type BusMessage, type MessageType } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import type { z } from 'zod';
import type { Outgoing } from '../port/message-bus.port.js';
import { traceparentOf } from '../trace/traceparent.js';
import { compiled } from './compiled.js';
import { tolerantView } from './tolerant-schema.js';

/** Where and why, without values: they may be personal data. */
function places(error: z.ZodError): string {
  const issues = error.issues.slice(0, 5).map(({ path, message }) => `/${path.join('/')}: ${message}`);
  return issues.join('; ');
}

const invalid = (type: MessageType, error: z.ZodError) =>
  new Refusal(
    'malformed',
    'messaging.invalid-message',
    `The message does not fit ${type.name}.v${type.version}: ${places(error)}`,
  );

/**
 * The publisher's view: strict. The result is a copy, so what the publisher does with its objects later does not
 * matter. @throws Refusal `messaging.invalid-message`
 */
export function validated(
  { type, headers, body }: Outgoing,
  producedAt: string,
): BusMessage & { key: string } {
  const parsed = compiled(type.schema).safeParse(body);
  if (!parsed.success) throw invalid(type, parsed.error);
  const traceparent = headers.traceparent ?? traceparentOf();
  const complete: BusHeaders = {
    ...headers,
    producedAt,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  const checked = compiled(busHeadersSchema).safeParse(complete);
  if (!checked.success) throw invalid(type, checked.error);
  return { headers: checked.data, body: parsed.data, key: type.keyOf(parsed.data, checked.data) };
}

/** The consumer's view: unknown fields are dropped. @throws Refusal `messaging.invalid-message` */
export function accepted(type: MessageType, body: unknown): unknown {
  const parsed = compiled(tolerantView(type.schema)).safeParse(body);
  if (!parsed.success) throw invalid(type, parsed.error);
  return parsed.data;
}

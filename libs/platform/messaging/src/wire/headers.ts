import { busHeadersSchema, type BusHeaders } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { compiled } from './compiled.js';

/** Header names on the wire. */
const wireNames = {
  tenantId: 'tenant-id',
  mode: 'mode',
  runId: 'run-id',
  round: 'round',
  traceparent: 'traceparent',
  producedAt: 'produced-at',
  fedAt: 'fed-at',
} as const satisfies Record<keyof BusHeaders, string>;

const pairs = Object.entries(wireNames) as [keyof BusHeaders, string][];

/** Names the message type of a record: `render-message.v1`. */
export const typeHeader = 'message-type';

/** Present where the value is not the body but the reference to it, as JSON. */
export const claimHeader = 'claim-check';

export function toWire(headers: BusHeaders): Record<string, string> {
  const wire: Record<string, string> = {};
  for (const [name, wireName] of pairs) {
    const value = headers[name];
    if (value !== undefined) wire[wireName] = String(value);
  }
  return wire;
}

/** @throws Refusal `messaging.invalid-headers` */
export function fromWire(wire: Readonly<Record<string, string>>): BusHeaders {
  const headers: Record<string, unknown> = {};
  for (const [name, wireName] of pairs) {
    const value = wire[wireName];
    if (value !== undefined) headers[name] = name === 'round' ? Number(value) : value;
  }
  const parsed = compiled(busHeadersSchema).safeParse(headers);
  if (parsed.success) return parsed.data;
  const names = [...new Set(parsed.error.issues.map(({ path }) => String(path[0])))];
  throw new Refusal(
    'malformed',
    'messaging.invalid-headers',
    `Headers missing or wrong: ${names.join(', ')}.`,
  );
}

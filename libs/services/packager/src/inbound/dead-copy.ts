import { busHeadersSchema, type BusHeaders, type PackageMessage } from '@mailrun/contracts';
import type { DeadRecord } from '@mailrun/platform-messaging';
import { z } from 'zod';
import type { RefusedCopy } from '../application/package-message/package-messages.use-case.js';

const namesCopy = z.object({ messageId: z.uuid(), copy: z.int().positive() });

/**
 * The copy that a dead record was about, for a refusal; undefined when the record does not even say that. Then the
 * alert on dead letters is all there is, until runs feeds the message again.
 */
export function deadCopy(dead: DeadRecord<PackageMessage>): RefusedCopy | undefined {
  const named = dead.message?.body ?? namesCopy.safeParse(dead.invalidBody).data;
  const headers = dead.message?.headers ?? headersOf(dead.headers);
  if (named === undefined || headers === undefined) return undefined;
  const { family, code, detail } = dead.reason;
  return {
    headers,
    messageId: named.messageId,
    copy: named.copy,
    ...(family === 'refusal'
      ? { code, detail }
      : { code: 'package.failed', detail: `Sealing the mail failed several times. Report this: ${detail}` }),
  };
}

function headersOf(wire: Readonly<Record<string, string>>): BusHeaders | undefined {
  const camelCase = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const headers = Object.entries(wire).map(([name, value]) => [
    camelCase(name),
    name === 'round' ? Number(value) : value,
  ]);
  return busHeadersSchema.safeParse(Object.fromEntries(headers)).data;
}

import { createHash } from 'node:crypto';
import { busHeadersSchema, type BusHeaders, type BusMessage, type DispatchMessage } from '@mailrun/contracts';
import type { DeadRecord } from '@mailrun/platform-messaging';
import { z } from 'zod';
import type { MailToAccept } from '../application/ports/mail-intake.port.js';

/** Why a message can't be taken in. */
export interface Unfit {
  readonly code: string;
  readonly detail: string;
}

/** A message of the bus as the intake wants it. */
export function fedMailFrom({ headers, body }: BusMessage<DispatchMessage>): MailToAccept | Unfit {
  const { content } = body;
  if (content.kind === 'refused') {
    const { code, detail, stage, line, column } = content.failure;
    const reply = {
      code,
      detail,
      stage,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    };
    return fed(headers, body, { kind: 'refused', reply });
  }
  const { transport: _, bytes, ...sealed } = content;
  if ('blobKey' in bytes) return fed(headers, body, { ...sealed, bytes });
  // Composed for 7-bit transport: each character is one byte.
  const inline = Buffer.from(bytes.inline, 'latin1');
  if (
    inline.length !== sealed.sizeBytes ||
    createHash('sha256').update(inline).digest('hex') !== sealed.sha256
  ) {
    return { code: 'dispatch.damaged', detail: 'The sealed mail is not what its size and hash say.' };
  }
  return fed(headers, body, { ...sealed, bytes: { inline } });
}

export const isMail = (one: MailToAccept | Unfit): one is MailToAccept => 'content' in one;

const namesCopy = z.object({ messageId: z.uuid(), copy: z.int().positive() });

/** The refusal that a dead record becomes; undefined when it does not even name a copy. */
export function refusalFrom(dead: DeadRecord<DispatchMessage>): MailToAccept | undefined {
  const named = dead.message?.body ?? namesCopy.safeParse(dead.invalidBody).data;
  const headers = dead.message?.headers ?? headersFrom(dead.headers);
  if (!named || !headers) return undefined;
  const { family, code, detail } = dead.reason;
  const reply = { code: family === 'refusal' ? code : 'dispatch.failed', detail, stage: 'dispatch' };
  const mail = fed(headers, named, { kind: 'refused', reply });
  return isMail(mail) ? mail : undefined;
}

function fed(
  headers: BusHeaders,
  { messageId, copy }: { readonly messageId: string; readonly copy: number },
  content: MailToAccept['content'],
): MailToAccept | Unfit {
  const { tenantId, runId, round, mode, traceparent, fedAt } = headers;
  if (runId === undefined) return { code: 'dispatch.no-run', detail: 'The message names no run.' };
  return {
    tenantId,
    messageId,
    copy,
    runId,
    round: round ?? 1,
    mode,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(fedAt === undefined ? {} : { fedAt: new Date(fedAt) }),
    content,
  };
}

function headersFrom(wire: Readonly<Record<string, string>>): BusHeaders | undefined {
  const camelCase = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const headers = Object.entries(wire).map(([name, value]) => [
    camelCase(name),
    name === 'round' ? Number(value) : value,
  ]);
  return busHeadersSchema.safeParse(Object.fromEntries(headers)).data;
}

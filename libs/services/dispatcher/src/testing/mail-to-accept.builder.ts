import { createHash, randomBytes } from 'node:crypto';
import type { MailToAccept, SealedMail } from '../application/ports/mail-intake.port.js';

/** A UUIDv7 of now (RFC 9562). */
export function newId(): string {
  const hex = Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A small sealed mail of its own to one recipient. */
export function sealedMail(messageIdHeader: string, changes: Partial<SealedMail> = {}): SealedMail {
  const bytes = Buffer.from(
    `Message-ID: ${messageIdHeader}\r\nSubject: Invoice\r\n\r\nDear customer\r\n.with dots\r\n`,
  );
  return {
    kind: 'sealed',
    serverKey: 'main',
    fromKey: 'billing',
    inDoubtPolicy: 'hold',
    messageIdHeader,
    subject: 'Invoice',
    envelopeFrom: 'billing@x.test',
    recipients: [{ kind: 'to', address: 'a@y.test' }],
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes: bytes.length,
    bytes: { inline: bytes },
    ...changes,
  };
}

export type MailChanges = Partial<Omit<MailToAccept, 'content'>> & { readonly sealed?: Partial<SealedMail> };

/** The first copy of a new message. */
export function mailToAccept({ sealed = {}, ...changes }: MailChanges = {}): MailToAccept {
  const messageId = changes.messageId ?? newId();
  const copy = changes.copy ?? 1;
  return {
    tenantId: newId(),
    messageId,
    copy,
    runId: newId(),
    round: 1,
    mode: 'live',
    content: sealedMail(`<${messageId}.${copy}@x.test>`, sealed),
    ...changes,
  };
}

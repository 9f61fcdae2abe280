import type { ClaimedMail, MailRecipient } from '../domain/mail.js';

const bytes = Buffer.from('Subject: Invoice\r\n\r\nDear customer\r\n');

/** A mail to one recipient, ready for its first attempt. */
export function claimedMail(changes: Partial<ClaimedMail> = {}): ClaimedMail {
  return {
    tenantId: '01935000-0000-7000-8000-000000000001',
    messageId: '01935000-0000-7000-8000-000000000002',
    copy: 1,
    runId: '01935000-0000-7000-8000-000000000003',
    round: 1,
    mode: 'live',
    serverKey: 'main',
    fromKey: 'billing',
    inDoubtPolicy: 'hold',
    envelopeFrom: 'billing@x.test',
    messageIdHeader: '<1@x.test>',
    sizeBytes: bytes.length,
    bytes: { inline: bytes },
    recipients: recipientsTo('a@y.test'),
    attemptToken: '00000000-0000-4000-8000-000000000001',
    attempts: 0,
    retries: 0,
    sinceFirstTryMs: 0,
    mayHaveLeft: false,
    giveUpAfterMs: 72 * 3_600_000,
    ...changes,
  };
}

/** Recipients of kind `to` in this order. */
export const recipientsTo = (...addresses: string[]): MailRecipient[] =>
  addresses.map((address, position) => ({ position, kind: 'to', address }));

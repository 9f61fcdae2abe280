import type { Customer, MessageDetail, MessageResult, MessageRun } from '@mailrun/contracts';
import { markOf } from '../../company/document-mark.js';
import type { CompanyEvidence, Evidence, MailEvidence } from '../evidence.js';

const at = '2025-02-01T08:00:00.000Z';

/** All `readonly` fields of evidence, writable: a spec spoils one of them. */
type Writable<T> = T extends (infer Item)[] | readonly (infer Item)[]
  ? Writable<Item>[]
  : T extends ReadonlyMap<infer Key, infer Value>
    ? Map<Key, Writable<Value>>
    : T extends Buffer
      ? T
      : T extends object
        ? { -readonly [Field in keyof T]: Writable<T[Field]> }
        : T;
export type WritableEvidence = Writable<Evidence>;

/**
 * A company `Alpha` whose live run mailed invoices I-1 and I-2 of customers C-1 and C-2, one message each, and skipped
 * I-3. Everything is as it must be.
 */
export function soundEvidence(): WritableEvidence {
  const evidence: Evidence = {
    companies: [alpha()],
    mails: ['1', '2'].map(mailOf),
    books: { faults: [] },
  };
  return evidence as unknown as WritableEvidence;
}

const addressOf = (number: string) => `c${number}@customers.example`;
const messageIdOf = (number: string) => `<m-${number}.1@alpha.example>`;

function alpha(): CompanyEvidence {
  const results = [
    resultOf('1', 'sent', null),
    resultOf('2', 'sent', null),
    resultOf('3', 'skipped', 'no-password'),
  ];
  const run = {
    id: 'run-1',
    definitionKey: 'monthly',
    bcc: [],
    mode: 'live',
    sendAgain: false,
    state: 'completed',
    invoices: [
      { status: 'sent', reason: null, count: 2 },
      { status: 'skipped', reason: 'no-password', count: 1 },
    ],
    messages: [{ status: 'sent', reason: null, count: 2 }],
    rounds: [
      { number: 1, kind: 'first' },
      { number: 2, kind: 'retry-failed' },
    ],
  } as unknown as MessageRun;
  return {
    name: 'Alpha',
    senderAddress: 'billing@alpha.example',
    testAddress: 'test@alpha.example',
    definitions: new Map([
      ['monthly', { recipientKey: 'mail', transformationKeys: ['pdf'], zip: true, passwordKey: 'archive' }],
    ]),
    customers: new Map(['1', '2', '3'].map((number) => [`C-${number}`, customerOf(number)])),
    runs: [{ run, results, messages: ['1', '2'].map(messageOf) }],
  };
}

const customerOf = (number: string) =>
  ({
    code: `C-${number}`,
    emails: { mail: [{ kind: 'to', address: addressOf(number) }] },
  }) as unknown as Customer;

const resultOf = (number: string, status: MessageResult['status'], reason: string | null) =>
  ({
    invoiceCode: `I-${number}`,
    customerCode: `C-${number}`,
    status,
    reason,
    messageIds: status === 'skipped' ? [] : [`m-${number}`],
  }) as unknown as MessageResult;

const messageOf = (number: string) =>
  ({
    id: `m-${number}`,
    runId: 'run-1',
    customerCode: `C-${number}`,
    status: 'sent',
    reason: null,
    nextTryAt: null,
    invoices: [{ code: `I-${number}`, number: null, status: 'sent', reason: null }],
    copies: [
      {
        copy: 1,
        round: 1,
        code: null,
        messageIdHeader: messageIdOf(number),
        recipients: [{ kind: 'to', address: addressOf(number), state: 'accepted' }],
      },
    ],
    history: [{ at, copy: 1, status: 'sent' }],
  }) as unknown as MessageDetail;

function mailOf(number: string): MailEvidence {
  const mark = markOf({ company: 'Alpha', invoice: `I-${number}`, customer: `C-${number}` });
  return {
    received: {
      messageId: messageIdOf(number),
      envelopeFrom: 'billing@alpha.example',
      recipients: [addressOf(number)],
      sha256: `hash-${number}`,
    },
    subject: `Invoice ${mark}`,
    from: ['billing@alpha.example'],
    addressees: [addressOf(number)],
    bodies: [`Dear customer, invoice ${mark}`],
    attachments: [{ name: 'invoice.zip', content: Buffer.from('PK') }],
    archive: { files: [{ name: 'invoice.pdf', content: Buffer.from(mark) }], opensWithAnother: false },
  };
}

import { marksIn } from '../../company/document-mark.js';
import {
  messagesByCopyName,
  ownerOf,
  type ClaimedMessage,
  type MailEvidence,
  type Rule,
} from '../evidence.js';

/** Recipient, sender, text and documents of each mail belong to its message: to its customer, its invoices, its tenant. */
export const mailsBelongTogether: Rule = (evidence) => {
  const claimed = messagesByCopyName(evidence);
  return evidence.mails.flatMap((mail) => {
    const owner = ownerOf(claimed, mail.received);
    if (owner === undefined) return [];
    const { company, message } = owner;
    return [...addressFaults(mail, owner), ...contentFaults(mail, owner)].map(
      (fault) => `${company.name}, mail ${mail.received.messageId} of message ${message.id}: ${fault}`,
    );
  });
};

function* addressFaults({ received, from, addressees, subject }: MailEvidence, owner: ClaimedMessage) {
  const { company, run, definition, message } = owner;
  const { senderAddress, testAddress } = company;
  if (received.envelopeFrom !== senderAddress)
    yield `its envelope is from ${received.envelopeFrom}, not ${senderAddress}`;
  if (from.join() !== senderAddress) yield `its header is from ${from.join()}, not ${senderAddress}`;
  const emails = company.customers.get(message.customerCode)?.emails[definition.recipientKey] ?? [];
  const own = run.mode === 'live' ? emails.map(({ address }) => address) : [testAddress];
  const allowed = new Set([...own, ...(run.mode === 'live' ? run.bcc : [])].map(lower));
  for (const address of [...received.recipients, ...addressees]) {
    if (!allowed.has(lower(address))) yield `${address} is no address of customer ${message.customerCode}`;
  }
  if (received.recipients.length === 0) yield 'it has no recipient';
  if (run.mode === 'test' && !/\btest\b/i.test(subject))
    yield `nothing in '${subject}' says that it is a test`;
}

function* contentFaults({ subject, bodies, attachments, archive }: MailEvidence, owner: ClaimedMessage) {
  const { company, definition, message } = owner;
  const invoices = message.invoices.filter(({ status }) => status !== 'skipped').map(({ code }) => code);
  const isOwn = (mark: { company: string; customer: string; invoice: string }) =>
    mark.company === company.name &&
    mark.customer === message.customerCode &&
    invoices.includes(mark.invoice);
  for (const [where, text] of [['the subject', subject], ...bodies.map((body) => ['a body', body])]) {
    const marks = marksIn(text ?? '');
    if (marks.length === 0) yield `${where} names no invoice`;
    for (const mark of marks) if (!isOwn(mark)) yield `${where} is about ${JSON.stringify(mark)}`;
  }
  const documents = archive === undefined ? attachments : (archive.files ?? []);
  const wanted = invoices.length * definition.transformationKeys.length;
  if (archive?.files !== undefined || archive === undefined) {
    if (documents.length !== wanted) yield `it has ${documents.length} documents instead of ${wanted}`;
  }
  for (const { name, content } of documents) {
    const marks = marksIn(content);
    if (marks.length !== 1) yield `document ${name} names ${marks.length} invoices`;
    for (const mark of marks) if (!isOwn(mark)) yield `document ${name} is of ${JSON.stringify(mark)}`;
  }
}

const lower = (address: string) => address.toLowerCase();

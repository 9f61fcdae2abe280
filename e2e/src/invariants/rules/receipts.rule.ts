import type { MessageDetail } from '@mailrun/contracts';
import { messagesByMessageId, type Rule } from '../evidence.js';

/**
 * The mail server received each sent message exactly once, unless its history tells of an attempt whose end is not
 * known; nothing of a message that was not sent; and nothing that no message claims.
 */
export const sentExactlyOnce: Rule = (evidence) => {
  const claimed = messagesByMessageId(evidence);
  const receipts = new Map<string, number>();
  const faults: string[] = [];
  for (const { received } of evidence.mails) {
    const { messageId = '' } = received;
    receipts.set(messageId, (receipts.get(messageId) ?? 0) + 1);
    if (!claimed.has(messageId))
      faults.push(`a mail ${messageId || 'without Message-ID'} was received that no message claims`);
  }
  for (const { name, runs } of evidence.companies) {
    for (const message of runs.flatMap(({ messages }) => messages)) {
      const fault = faultOf(message, receipts);
      if (fault !== undefined) faults.push(`${name}, message ${message.id}: ${fault}`);
    }
  }
  return faults;
};

function faultOf({ status, copies, history }: MessageDetail, receipts: Map<string, number>) {
  const received = copies.reduce(
    (sum, { messageIdHeader }) => sum + (receipts.get(messageIdHeader ?? '') ?? 0),
    0,
  );
  const wasUncertain = status === 'uncertain' || history.some((change) => change.status === 'uncertain');
  const leaves = status === 'sent' || status === 'partly-sent';
  if (leaves && received === 0) return `it is ${status}, and the mail server received nothing`;
  if (received > 1 && !wasUncertain) return `it was received ${received} times`;
  if (received > 0 && !leaves && !wasUncertain) return `it is ${status}, and was received all the same`;
  return undefined;
}

/** No invoice leaves twice by one definition, whichever runs it was in; what may have left counts as well. */
export const eachInvoiceOnce: Rule = ({ companies }) =>
  companies.flatMap(({ name, runs }) => {
    const carriers = new Map<string, string[]>();
    for (const { run, messages } of runs) {
      if (run.mode !== 'live' || run.sendAgain) continue;
      for (const { id, status, invoices } of messages) {
        if (!['sent', 'partly-sent', 'uncertain'].includes(status)) continue;
        for (const invoice of invoices.filter((one) => one.status !== 'skipped')) {
          const key = `${invoice.code} by ${run.definitionKey}`;
          carriers.set(key, [...(carriers.get(key) ?? []), id]);
        }
      }
    }
    return [...carriers]
      .filter(([, ids]) => ids.length > 1)
      .map(([key, ids]) => `${name}: invoice ${key} left with messages ${ids.join(' and ')}`);
  });

import { domainToASCII } from 'node:url';
import type { MessageDetail } from '@mailrun/contracts';
import { copyNameOf, messagesByCopyName, ownerOf, type Evidence, type Rule } from '../evidence.js';

type Copy = MessageDetail['copies'][number];

/** Nothing is in the mail server that no message claims. */
export const receiptsAreClaimed: Rule = (evidence) => {
  const claimed = messagesByCopyName(evidence);
  return evidence.mails.flatMap(({ received: { messageId = '' } }) =>
    ownerOf(claimed, { messageId })
      ? []
      : [`a mail ${messageId || 'without Message-ID'} was received that no message claims`],
  );
};

/** What is sent was received; and what was received is known to be sent, or its history tells of an unknown end. */
export const sentIsReceived: Rule = (evidence) =>
  eachMessage(evidence, (message, receipts) => {
    const { status, copies } = message;
    const leaves = status === 'sent' || status === 'partly-sent';
    const all = copies.flatMap((copy) => receipts.of(message, copy));
    const faults: string[] = [];
    if (leaves && all.length === 0) faults.push(`it is ${status}, and the mail server received nothing`);
    for (const copy of copies) {
      const got = new Set(receipts.of(message, copy).flatMap(({ recipients }) => recipients.map(plain)));
      const accepted = new Set(
        copy.recipients.filter(({ state }) => state === 'accepted').map(({ address }) => plain(address)),
      );
      for (const address of accepted) {
        if (!got.has(address)) faults.push(`${address} is accepted, and the mail server received nothing`);
      }
      if (uncertainAttempts(message, copy) > 0) continue;
      for (const address of got) {
        if (!accepted.has(address))
          faults.push(`it is ${status}, and was received for ${address} all the same`);
      }
    }
    return faults;
  });

/**
 * Nobody got the same copy twice, but where its history shows an attempt of unknown end for each time that it came again;
 * and it was the same bytes each time.
 */
export const noCopyTwice: Rule = (evidence) =>
  eachMessage(evidence, (message, receipts) =>
    message.copies.flatMap((copy) => {
      const all = receipts.of(message, copy);
      const counts = new Map<string, number>();
      for (const address of all.flatMap(({ recipients }) => recipients.map(plain)))
        counts.set(address, (counts.get(address) ?? 0) + 1);
      const allowed = 1 + uncertainAttempts(message, copy);
      const faults = [...counts]
        .filter(([, count]) => count > allowed)
        .map(([address, count]) => `copy ${copy.copy} was received ${count} times for ${address}`);
      if (new Set(all.map(({ sha256 }) => sha256)).size > 1)
        faults.push(`copy ${copy.copy} did not have the same bytes each time`);
      return faults;
    }),
  );

/** How many attempts of the copy ended in a way that nobody knows, as its history shows. */
export function uncertainAttempts({ history }: MessageDetail, { copy }: Pick<Copy, 'copy'>): number {
  return history.filter(
    (change) =>
      change.copy === copy && (change.status === 'uncertain' || change.code === 'smtp.outcome-unknown'),
  ).length;
}

function eachMessage(
  evidence: Evidence,
  look: (message: MessageDetail, receipts: Receipts) => string[],
): string[] {
  const receipts = new Receipts(evidence);
  return evidence.companies.flatMap(({ name, runs }) =>
    runs
      .flatMap(({ messages }) => messages)
      .flatMap((message) =>
        look(message, receipts).map((fault) => `${name}, message ${message.id}: ${fault}`),
      ),
  );
}

type Receipt = Evidence['mails'][number]['received'];

/** What the mail server got, by copy. */
class Receipts {
  private readonly byCopyName: ReadonlyMap<string, readonly Receipt[]>;

  constructor({ mails }: Evidence) {
    this.byCopyName = Map.groupBy(
      mails.map(({ received }) => received),
      ({ messageId = '' }) => copyNameOf(messageId),
    );
  }

  of({ id }: MessageDetail, { copy }: Copy): readonly Receipt[] {
    return this.byCopyName.get(`${id}.${copy}`) ?? [];
  }
}

/** The address as mail servers compare it, nearly: local parts differ by case in theory only. */
function plain(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return `${address.slice(0, at)}@${domainToASCII(domain) || domain}`.toLowerCase();
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

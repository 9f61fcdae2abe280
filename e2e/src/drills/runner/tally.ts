import type { MessageDetail } from '@mailrun/contracts';
import type { Evidence } from '../../invariants/evidence.js';
import { noCopyTwice, sentIsReceived, uncertainAttempts } from '../../invariants/rules/receipts.rule.js';

export interface Tally {
  readonly messages: number;
  readonly lost: number;
  readonly unexplained: number;
  readonly uncertain: number;
  /** By status. */
  readonly ends: Readonly<Partial<Record<MessageDetail['status'], number>>>;
}

const isEnd: Readonly<Record<MessageDetail['status'], boolean>> = {
  pending: false,
  queued: false,
  accepted: false,
  sent: true,
  skipped: true,
  failed: true,
  deferred: true,
  uncertain: true,
  'partly-sent': true,
  stopped: true,
};

/** The numbers of the guarantee, as they are read from what companies and mail server know. */
export function tallyOf(evidence: Evidence): Tally {
  const messages = evidence.companies.flatMap(({ runs }) => runs.flatMap((run) => run.messages));
  const ends: Partial<Record<MessageDetail['status'], number>> = {};
  for (const { status } of messages) ends[status] = (ends[status] ?? 0) + 1;
  const undue = messages.filter(
    ({ status, nextTryAt }) => !isEnd[status] || (status === 'deferred' && nextTryAt === null),
  );
  return {
    messages: messages.length,
    lost: undue.length + sentIsReceived(evidence).length,
    unexplained: noCopyTwice(evidence).length,
    uncertain: messages.filter((message) =>
      message.copies.some((copy) => uncertainAttempts(message, copy) > 0),
    ).length,
    ends,
  };
}

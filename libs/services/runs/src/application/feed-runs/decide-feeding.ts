import type { SkipReason } from '@mailrun/contracts';
import { settleClaim, type ClaimHolder } from '../../domain/runs/settle-claim.js';
import type { FedMessages, FeedCandidate, InvoiceClaim } from '../ports/feed-store.port.js';

/** Data of invoices in the records of one transaction, about: they are in memory together. */
const mostBytes = 8 * 1024 * 1024;

/** The first candidates, as many as fit in memory together; at least one. */
export function withinBytes(candidates: readonly FeedCandidate[]): readonly FeedCandidate[] {
  let bytes = 0;
  const end = candidates.findIndex((candidate, index) => {
    bytes += candidate.invoices.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return bytes > mostBytes && index > 0;
  });
  return end < 0 ? candidates : candidates.slice(0, end);
}

const isSendable = (candidate: FeedCandidate, invoice: FeedCandidate['invoices'][number]) =>
  invoice.isUnchanged && !candidate.isCustomerSuspended;

/** The claims of the invoices that may still be sent. */
export const claimsOf = (candidates: readonly FeedCandidate[]): InvoiceClaim[] =>
  candidates.flatMap((candidate) =>
    candidate.invoices
      .filter((invoice) => isSendable(candidate, invoice))
      .map(({ invoiceId, revision }) => ({
        invoiceId,
        revision,
        messageId: candidate.messageId,
        copy: candidate.copy,
      })),
  );

export interface FeedDecision {
  readonly fed: Pick<FedMessages, 'queued' | 'skipped' | 'withdrawn' | 'dropped'>;
  readonly takenOver: readonly InvoiceClaim[];
}

/**
 * What becomes of each candidate: invoices that changed or that another message holds drop out, and the mail goes out
 * with the others; with none left it is skipped. A further copy goes out whole or not at all.
 *
 * @param holders who holds the claims of {@link claimsOf}, in their order; null: the message itself, now
 */
export function decideFeeding(
  candidates: readonly FeedCandidate[],
  holders: readonly (ClaimHolder | null)[],
  isSendAgain: boolean,
): FeedDecision {
  const fed = {
    queued: [] as { messageId: string; invoices: number }[],
    skipped: [] as { messageId: string; reason: SkipReason }[],
    withdrawn: [] as FedMessages['withdrawn'][number][],
    dropped: [] as { resultId: string; reason: SkipReason }[],
  };
  const takenOver: InvoiceClaim[] = [];
  let next = 0;
  for (const candidate of candidates) {
    const { messageId, copy } = candidate;
    const reasons: SkipReason[] = [];
    const dropped: { resultId: string; reason: SkipReason }[] = [];
    let invoices = 0;
    for (const invoice of candidate.invoices) {
      const reason = isSendable(candidate, invoice)
        ? reasonOf(holders[next++] ?? null, invoice)
        : 'changed-since-prepare';
      if (reason === undefined) {
        invoices += 1;
        continue;
      }
      reasons.push(reason);
      dropped.push({ resultId: invoice.resultId, reason });
    }
    const [reason = 'changed-since-prepare'] = reasons;
    if (candidate.earlierState !== null && (reasons.length > 0 || invoices === 0)) {
      const state = candidate.earlierState;
      fed.withdrawn.push({ messageId, reason, state, invoices: candidate.invoices.length });
      continue;
    }
    fed.dropped.push(...dropped);
    if (invoices > 0) fed.queued.push({ messageId, invoices });
    else fed.skipped.push({ messageId, reason });

    function reasonOf(
      holder: ClaimHolder | null,
      { invoiceId, revision }: { readonly invoiceId: string; readonly revision: number },
    ): SkipReason | undefined {
      if (holder === null) return undefined;
      const verdict = settleClaim(holder, messageId, isSendAgain);
      if (verdict.kind === 'skipped') return verdict.reason;
      takenOver.push({ invoiceId, revision, messageId, copy });
      return undefined;
    }
  }
  return { fed, takenOver };
}

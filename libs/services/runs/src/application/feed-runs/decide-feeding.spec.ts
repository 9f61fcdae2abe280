import type { FeedCandidate } from '../ports/feed-store.port.js';
import { claimsOf, decideFeeding, withinBytes } from './decide-feeding.js';

const invoice = (resultId: string, change: { isUnchanged?: boolean; sizeBytes?: number } = {}) => ({
  resultId,
  invoiceId: `invoice-${resultId}`,
  revision: 1,
  isUnchanged: true,
  sizeBytes: 100,
  ...change,
});
const candidate = (
  messageId: string,
  invoices: FeedCandidate['invoices'],
  isCustomerSuspended = false,
): FeedCandidate => ({
  messageId,
  copy: 1,
  round: 1,
  earlierState: null,
  isCustomerSuspended,
  invoices,
});

describe('feeding messages', () => {
  it('withdraws a further copy of what reached someone when anything of it changed, and skips nothing', () => {
    const again = { ...candidate('a', [invoice('1'), invoice('2', { isUnchanged: false })]), copy: 2 };
    const { fed } = decideFeeding([{ ...again, earlierState: 'sent' }], [null], false);
    expect(fed).toEqual({
      queued: [],
      skipped: [],
      dropped: [],
      withdrawn: [{ messageId: 'a', reason: 'changed-since-prepare', state: 'sent', invoices: 2 }],
    });
    expect(decideFeeding([again], [null], false).fed.queued).toEqual([{ messageId: 'a', invoices: 1 }]);
  });

  it('skips what changed since it was prepared, and claims nothing of it', () => {
    const candidates = [
      candidate('a', [invoice('1', { isUnchanged: false })]),
      candidate('b', [invoice('2')], true),
      candidate('c', [invoice('3')]),
    ];
    expect(claimsOf(candidates)).toEqual([{ invoiceId: 'invoice-3', revision: 1, messageId: 'c', copy: 1 }]);
    const { fed } = decideFeeding(candidates, [null], false);
    expect(fed.queued).toEqual([{ messageId: 'c', invoices: 1 }]);
    expect(fed.skipped.map(({ reason }) => reason)).toEqual([
      'changed-since-prepare',
      'changed-since-prepare',
    ]);
  });

  it('sends a collated mail with the invoices that are left, and skips it with none left', () => {
    const held = { messageId: 'other', state: 'sent' as const };
    const candidates = [candidate('a', [invoice('1'), invoice('2')]), candidate('b', [invoice('3')])];
    expect(decideFeeding(candidates, [held, null, { ...held, state: 'queued' }], false).fed).toEqual({
      queued: [{ messageId: 'a', invoices: 1 }],
      skipped: [{ messageId: 'b', reason: 'in-another-run' }],
      withdrawn: [],
      dropped: [
        { resultId: '1', reason: 'already-sent' },
        { resultId: '3', reason: 'in-another-run' },
      ],
    });
  });

  it('takes invoices over from final holders when sending again', () => {
    const candidates = [candidate('a', [invoice('1')])];
    const { fed, takenOver } = decideFeeding(candidates, [{ messageId: 'other', state: 'sent' }], true);
    expect(fed.queued).toHaveLength(1);
    expect(takenOver).toEqual([{ invoiceId: 'invoice-1', revision: 1, messageId: 'a', copy: 1 }]);
  });

  it('takes as many messages as fit in memory, and at least one', () => {
    const large = [1, 2, 3].map((n) => candidate(`m${n}`, [invoice(`${n}`, { sizeBytes: 5_000_000 })]));
    expect(withinBytes(large)).toHaveLength(1);
    expect(withinBytes([candidate('a', [invoice('1', { sizeBytes: 50_000_000 })])])).toHaveLength(1);
    expect(withinBytes([candidate('a', [invoice('1')]), candidate('b', [invoice('2')])])).toHaveLength(2);
  });
});

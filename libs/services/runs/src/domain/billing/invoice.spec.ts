import { canonicalDecimal, mergeInvoice, reopened, type Invoice } from './invoice.js';
import { refusalOf } from './refusals.js';

const open: Invoice = {
  code: 'I1',
  customerCode: 'C1',
  number: '1',
  periodFirstDay: '2025-01-01',
  periodLastDay: '2025-01-31',
  issueDate: null,
  status: 'open',
  currency: 'EUR',
  total: '12.50',
  data: { lines: [1] },
  mailedBefore: false,
};
const approved: Invoice = { ...open, status: 'approved' };
const faults = (merge: ReturnType<typeof mergeInvoice>) =>
  merge.outcome === 'refused' ? merge.faults.map(({ pointer, code }) => `${pointer} ${code}`) : merge.outcome;

describe('mergeInvoice', () => {
  it('keeps what is missing, replaces given data, removes by null', () => {
    expect(mergeInvoice(open, { code: 'I1' }).outcome).toBe('unchanged');
    expect(mergeInvoice(open, { code: 'I1', data: { other: 1 }, number: null })).toEqual({
      outcome: 'updated',
      value: { ...open, data: { other: 1 }, number: null },
    });
  });

  it('names every field that a new one lacks', () => {
    expect(faults(mergeInvoice(undefined, { code: 'I2' }))).toEqual([
      '/status required',
      '/total required',
      '/customerCode required',
      '/periodFirstDay required',
      '/periodLastDay required',
      '/currency required',
    ]);
  });

  it('lets every status be reached before the approval, and approval needs a number', () => {
    for (const status of ['pending', 'open', 'approving', 'error', 'closed', 'approved'] as const) {
      expect(['unchanged', 'updated']).toContain(mergeInvoice(open, { code: 'I1', status }).outcome);
    }
    const change = { code: 'I1', status: 'approved', number: null } as const;
    expect(faults(mergeInvoice(open, change))).toEqual(['/number invoice.number-required']);
  });

  it('keeps an approved one from changing: a conflict that tells to reopen', () => {
    const merge = mergeInvoice(approved, { code: 'I1', total: '12.5', status: 'open' });
    expect(faults(merge)).toEqual(['/total invoice.frozen', '/status invoice.frozen']);
    if (merge.outcome !== 'refused') throw new Error('It was not refused.');
    expect(refusalOf(merge.faults)).toMatchObject({ kind: 'conflict', code: 'invoice.frozen' });
    expect(mergeInvoice(approved, { code: 'I1', total: '012.50', data: { lines: [1] } }).outcome).toBe(
      'unchanged',
    );
  });

  it('lets an approved one be closed and come back, and be marked as mailed before', () => {
    expect(mergeInvoice(approved, { code: 'I1', status: 'closed', mailedBefore: true }).outcome).toBe(
      'updated',
    );
    expect(mergeInvoice({ ...approved, status: 'closed' }, { code: 'I1', status: 'approved' }).outcome).toBe(
      'updated',
    );
    expect(faults(mergeInvoice({ ...approved, status: 'closed' }, { code: 'I1', currency: 'USD' }))).toEqual([
      '/currency invoice.frozen',
    ]);
  });

  it.each([
    [{ periodLastDay: '2024-12-31' }, ['/periodLastDay invoice.period-reversed']],
    [{ periodFirstDay: '0001-01-01' }, ['/periodFirstDay date.too-early']],
    [{ data: { a: Number.POSITIVE_INFINITY } }, ['/data json.bad-number']],
  ])('refuses %j', (part, expected) => {
    expect(faults(mergeInvoice(open, { code: 'I1', ...part }))).toEqual(expected);
  });
});

describe('reopened', () => {
  it('starts the next revision, which nobody mailed yet', () => {
    expect(reopened({ status: 'approved', revision: 3, mailedBefore: true })).toEqual({
      status: 'open',
      revision: 4,
      mailedBefore: false,
    });
  });

  it('refuses an invoice that can be changed as it is', () => {
    expect(() => reopened({ status: 'open', revision: 1, mailedBefore: false })).toThrow(
      expect.objectContaining({ kind: 'conflict', code: 'invoice.not-approved' }),
    );
  });
});

describe('canonicalDecimal', () => {
  it.each([
    ['12.50', '12.50'],
    ['007', '7'],
    ['-0.00', '0.00'],
    ['-00.10', '-0.10'],
    ['0', '0'],
  ])('writes %s as %s', (given, expected) => expect(canonicalDecimal(given)).toBe(expected));
});

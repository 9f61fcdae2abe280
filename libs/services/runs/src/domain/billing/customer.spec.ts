import { mergeCustomer, mergePasswords, type Customer } from './customer.js';

const stored: Customer = {
  code: 'C1',
  name: 'Ada',
  clusterCode: 'ALL',
  locale: 'nl-NL',
  timeZone: 'Europe/Amsterdam',
  metadata: { a: 1, b: { c: [1, 2] } },
  suspended: true,
  emails: { InvoiceEmail: [{ kind: 'to', address: 'a@b.example' }] },
};

describe('mergeCustomer', () => {
  it('keeps what is missing', () => {
    expect(mergeCustomer(stored, { code: 'C1' })).toEqual({ outcome: 'unchanged', value: stored });
    expect(mergeCustomer(stored, { code: 'C1', name: 'Bea' })).toEqual({
      outcome: 'updated',
      value: { ...stored, name: 'Bea' },
    });
  });

  it('takes the same again as unchanged, whatever the order of its fields', () => {
    const same = { metadata: { b: { c: [1, 2] }, a: 1 }, emails: { CFO: [], ...stored.emails, Other: null } };
    expect(mergeCustomer(stored, { code: 'C1', ...same }).outcome).toBe('unchanged');
  });

  it('replaces given maps and removes by null', () => {
    const change = {
      code: 'C1',
      locale: null,
      metadata: { b: { c: [2, 1] } },
      emails: { CFO: [{ kind: 'cc' as const, address: 'c@b.example', name: undefined }] },
    };
    expect(mergeCustomer(stored, change)).toEqual({
      outcome: 'updated',
      value: {
        ...stored,
        locale: null,
        metadata: { b: { c: [2, 1] } },
        emails: { CFO: [{ kind: 'cc', address: 'c@b.example' }] },
      },
    });
  });

  it('needs a name and a cluster of a new one, and has defaults for the rest', () => {
    expect(mergeCustomer(undefined, { code: 'C2' })).toMatchObject({
      outcome: 'refused',
      faults: [{ pointer: '/name' }, { pointer: '/clusterCode' }],
    });
    expect(mergeCustomer(undefined, { code: 'C2', name: 'Bea', clusterCode: 'ALL' })).toEqual({
      outcome: 'created',
      value: {
        code: 'C2',
        name: 'Bea',
        clusterCode: 'ALL',
        locale: null,
        timeZone: null,
        metadata: {},
        suspended: false,
        emails: {},
      },
    });
  });

  it.each([
    [{ locale: 'x' }, 'locale.unknown'],
    [{ timeZone: 'Nowhere/City' }, 'time-zone.unknown'],
  ])('refuses %j', (part, code) => {
    expect(mergeCustomer(stored, { code: 'C1', ...part })).toMatchObject({ faults: [{ code }] });
  });
});

describe('mergePasswords', () => {
  const has = new Map([
    ['A', 'one'],
    ['B', undefined],
  ]);

  it('leaves out what is the same, and sets anew what can not be compared', () => {
    const { set, removed } = mergePasswords(has, {
      values: { A: 'one', B: 'two', C: 'three' },
      replaces: false,
    });
    expect([[...set], removed]).toEqual([
      [
        ['B', 'two'],
        ['C', 'three'],
      ],
      [],
    ]);
  });

  it('removes by null, and all that is not given when it replaces', () => {
    expect(mergePasswords(has, { values: { A: null }, replaces: false }).removed).toEqual(['A']);
    expect(mergePasswords(has, { values: { A: 'one', Z: null }, replaces: true }).removed).toEqual(['B']);
  });
});

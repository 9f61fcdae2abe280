import { BillingApp, faultsOf, theirs } from '../../testing/billing-app.js';

const invoice = {
  customerCode: 'C1',
  number: 'INV-1',
  periodFirstDay: '2025-01-01',
  periodLastDay: '2025-01-31',
  issueDate: '2025-02-01',
  status: 'open',
  currency: 'EUR',
  total: '12.50',
  data: { lines: [{ text: 'Łódź', price: 12.5 }] },
};

describe('invoices', () => {
  let app: BillingApp;
  beforeAll(async () => {
    app = await BillingApp.start();
    await app.put('/v1/customer-clusters/ALL', { name: 'All' });
    for (const code of ['C1', 'C2'])
      await app.put(`/v1/customers/${code}`, { name: code, clusterCode: 'ALL' });
  });
  afterAll(() => app.stop());

  const reopen = (code: string, reason: string, headers: Record<string, string> = {}) =>
    app.call('POST', `/v1/invoices/${code}/reopen`, { reason }, { headers });

  it('keeps an invoice as it came, its total digit by digit', async () => {
    const made = await app.put('/v1/invoices/2025%2F00123', invoice);
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({
      ...invoice,
      code: '2025/00123',
      mailedBefore: false,
      revision: 1,
      version: 1,
    });
    expect((await app.get('/v1/invoices/2025%2F00123')).body).toEqual(made.body);
    expect((await app.put('/v1/invoices/2025%2F00123', made.body)).body).toEqual(made.body);
    const changed = await app.put('/v1/invoices/2025%2F00123', { ...invoice, total: '-0012.5' });
    expect(changed.body).toMatchObject({ total: '-12.5', version: 2 });
  });

  it('approves an invoice with a number only, and then keeps it from changing', async () => {
    const early = await app.put('/v1/invoices/A1', { ...invoice, status: 'approved', number: null });
    expect([early.status, ...faultsOf(early)]).toEqual([422, '/number invoice.number-required']);
    const approved = await app.put('/v1/invoices/A1', { ...invoice, status: 'approved' });
    expect(approved.body.status).toBe('approved');
    expect((await app.put('/v1/invoices/A1', approved.body)).body).toEqual(approved.body);
    const changed = await app.put('/v1/invoices/A1', {
      ...invoice,
      status: 'approved',
      total: '13',
      data: {},
    });
    expect([changed.status, ...faultsOf(changed)]).toEqual([
      409,
      '/total invoice.frozen',
      '/data invoice.frozen',
    ]);
    expect(changed.body.detail).toContain('Reopen it');
    const back = await app.put('/v1/invoices/A1', invoice);
    expect([back.status, ...faultsOf(back)]).toEqual([409, '/status invoice.frozen']);
    const closed = await app.put('/v1/invoices/A1', { ...invoice, status: 'closed', mailedBefore: true });
    expect(closed.body).toMatchObject({ status: 'closed', mailedBefore: true, revision: 1 });
  });

  it('reopens an approved invoice as its next revision, once for each idempotency key', async () => {
    await app.put('/v1/invoices/R1', { ...invoice, status: 'approved', mailedBefore: true });
    const key = { 'idempotency-key': 'reopen-r1' };
    const opened = await reopen('R1', 'Wrong amount', key);
    expect(opened.body).toMatchObject({ status: 'open', revision: 2, mailedBefore: false, version: 2 });
    expect(opened.headers.get('etag')).toBe('"2"');
    const again = await reopen('R1', 'Wrong amount', key);
    expect([again.status, again.body]).toEqual([200, opened.body]);
    expect((await reopen('R1', 'Another reason', key)).body.code).toBe('idempotency-key.reused');
    expect((await reopen('R1', 'Wrong amount')).body.code).toBe('invoice.not-approved');
    expect((await reopen('R1', 'Half \ud800')).body.code).toBe('reason.bad-text');
    expect((await reopen('NONE', 'Wrong amount')).status).toBe(404);
    const entries = await app.rows<{ actor: string; before: unknown; after: unknown }>(
      `select actor, before, after from runs.audit_entries where action = 'invoice.reopened'`,
    );
    expect(entries).toEqual([
      {
        actor: 'Ada',
        before: { status: 'approved', revision: 1 },
        after: { status: 'open', revision: 2, reason: 'Wrong amount' },
      },
    ]);
  });

  it.each([
    ['an unknown customer', { customerCode: 'NOBODY' }, '/customerCode customer.unknown'],
    [
      'a period that ends before it begins',
      { periodLastDay: '2024-12-31' },
      '/periodLastDay invoice.period-reversed',
    ],
    ['the year 0', { periodFirstDay: '0000-01-01' }, '/periodFirstDay date.too-early'],
    ['a NUL in its data', { data: { a: { b: '\0' } } }, '/data json.bad-text'],
    ['data of more than a mebibyte', { data: { a: 'x'.repeat(1024 * 1024) } }, '/data json.too-large'],
  ])('refuses %s by rule', async (_what, part, fault) => {
    const reply = await app.put('/v1/invoices/BAD', { ...invoice, ...part });
    expect([reply.status, ...faultsOf(reply)]).toEqual([422, fault]);
  });

  it('refuses bottomless data by rule', async () => {
    const data = '{"a":'.repeat(5000) + '1' + '}'.repeat(5000);
    const body = JSON.stringify({ ...invoice, data: 'DATA' }).replace('"DATA"', data);
    const headers = { 'content-type': 'application/json' };
    expect(faultsOf(await app.put('/v1/invoices/BAD', body, headers))).toEqual(['/data json.too-deep']);
  });

  it.each([
    ['a float as total', { total: 12.5 }, '/total'],
    ['a day that is none', { issueDate: '2025-02-30' }, '/issueDate'],
    ['a status of its own', { status: 'mailed' }, '/status'],
    ['a line break in its number', { number: 'INV\r\nBcc: evil@z.example' }, '/number'],
    ['a line of its own', { lines: [] }, '/lines'],
  ])('refuses %s as malformed', async (_what, part, pointer) => {
    const reply = await app.put('/v1/invoices/BAD', { ...invoice, ...part });
    expect(reply.status).toBe(400);
    expect(reply.body.errors.map((e: { pointer: string }) => e.pointer)).toEqual([pointer]);
  });

  it('lists without data, by customer, status and the last day of the period', async () => {
    const base = { ...invoice, number: undefined };
    await app.import('invoices', [
      { ...base, code: 'L1', customerCode: 'C2', status: 'pending' },
      { ...base, code: 'L2', customerCode: 'C2', periodLastDay: '2025-02-28' },
      { ...base, code: 'L3', customerCode: 'C2', periodLastDay: '2025-03-31' },
    ]);
    const list = async (query: string) => (await app.get(`/v1/invoices?${query}`)).body;
    const codes = async (query: string) =>
      (await list(query)).items.map(({ code }: { code: string }) => code);
    expect(await codes('customer=C2')).toEqual(['L1', 'L2', 'L3']);
    expect(await codes('customer=C2&status=pending')).toEqual(['L1']);
    expect(await codes('customer=C2&periodFrom=2025-02-28&periodTo=2025-03-30')).toEqual(['L2']);
    const first = await list('customer=C2&limit=2');
    expect(first.items[0]).not.toHaveProperty('data');
    expect(await codes(`customer=C2&limit=2&cursor=${first.next}`)).toEqual(['L3']);
  });

  it('shows nothing to another tenant, and compares versions when asked', async () => {
    expect((await app.get('/v1/invoices/A1', theirs)).status).toBe(404);
    expect(
      (await app.call('POST', '/v1/invoices/A1/reopen', { reason: 'x' }, { tenant: theirs })).status,
    ).toBe(404);
    expect((await app.get('/v1/invoices', theirs)).body.items).toEqual([]);
    const crossed = await app.call('PUT', '/v1/invoices/X1', invoice, { tenant: theirs });
    expect(faultsOf(crossed)).toEqual(['/customerCode customer.unknown']);
    expect((await app.put('/v1/invoices/L1', invoice, { 'if-match': '"5"' })).status).toBe(412);
    expect((await app.put('/v1/invoices/NEW', invoice, { 'if-match': '*' })).status).toBe(412);
  });
});

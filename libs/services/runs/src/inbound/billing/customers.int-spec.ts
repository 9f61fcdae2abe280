import { secretOwner } from '@mailrun/platform-secrets';
import { BillingApp, definitions, faultsOf, ours, theirs } from '../../testing/billing-app.js';

describe('customers', () => {
  let app: BillingApp;
  beforeAll(async () => {
    app = await BillingApp.start();
    for (const code of ['ALL', 'OTHER']) await app.put(`/v1/customer-clusters/${code}`, { name: code });
  });
  afterAll(() => app.stop());

  const ada = {
    name: 'Ada & Co',
    clusterCode: 'ALL',
    locale: 'nl-NL',
    timeZone: 'Europe/Amsterdam',
    metadata: { contact: { since: 1998 } },
    suspended: true,
    emails: {
      InvoiceEmail: [
        { address: 'ada@one.example', name: 'Ada' },
        { kind: 'cc', address: 'b@one.example' },
      ],
    },
  };

  it('keeps a customer with addresses, and shows the keys of its passwords only', async () => {
    const made = await app.put('/v1/customers/C%2F1', { ...ada, passwords: { Archive: 'correct horse' } });
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({
      ...ada,
      code: 'C/1',
      emails: {
        InvoiceEmail: [
          { kind: 'to', address: 'ada@one.example', name: 'Ada' },
          { kind: 'cc', address: 'b@one.example' },
        ],
      },
      passwordKeys: ['Archive'],
      version: 1,
    });
    expect(JSON.stringify(made.body)).not.toContain('correct horse');
    expect((await app.get('/v1/customers/C%2F1')).body).toEqual(made.body);
    const [entry] = await app.rows<{ after: unknown }>(
      `select after from runs.audit_entries where subject = 'customer/C/1'`,
    );
    expect(entry?.after).toEqual(made.body);
  });

  it('seals a password for its tenant and customer', async () => {
    const [row] = await app.rows<{ customer_id: string; key_id: string; ciphertext: string }>(
      `select customer_id, key_id, ciphertext from runs.customer_passwords`,
    );
    const sealed = { keyId: row!.key_id, ciphertext: row!.ciphertext };
    expect(app.secrets.open(sealed, secretOwner(ours, 'customer', row!.customer_id))).toBe('correct horse');
    expect(() => app.secrets.open(sealed, secretOwner(theirs, 'customer', row!.customer_id))).toThrow();
  });

  it('takes back what was read; passwords that are left out stay, null removes', async () => {
    const { body: read } = await app.get('/v1/customers/C%2F1');
    expect((await app.put('/v1/customers/C%2F1', read)).body).toEqual(read);
    const same = await app.put('/v1/customers/C%2F1', { ...read, passwords: { Archive: 'correct horse' } });
    expect(same.body.version).toBe(1);
    const second = await app.put('/v1/customers/C%2F1', { ...read, passwords: { Second: 'battery staple' } });
    expect(second.body).toMatchObject({ passwordKeys: ['Archive', 'Second'], version: 2 });
    const removed = await app.put('/v1/customers/C%2F1', { ...ada, passwords: { Archive: null } });
    expect(removed.body).toMatchObject({ passwordKeys: ['Second'], version: 3 });
    const stale = await app.put('/v1/customers/C%2F1', read);
    expect([stale.status, ...faultsOf(stale)]).toEqual([
      422,
      '/version read-only',
      '/updatedAt read-only',
      '/passwordKeys read-only',
    ]);
  });

  it('empties what a PUT leaves out', async () => {
    await app.put('/v1/customers/C9', ada);
    const { body } = await app.put('/v1/customers/C9', { name: 'Ada', clusterCode: 'OTHER' });
    expect(body).toMatchObject({
      name: 'Ada',
      clusterCode: 'OTHER',
      locale: null,
      timeZone: null,
      metadata: {},
      suspended: false,
      emails: {},
    });
  });

  it.each([
    ['an unknown cluster', { clusterCode: 'NOWHERE' }, '/clusterCode customer-cluster.unknown'],
    ['an unknown recipient key', { emails: { Nobody: [] } }, '/emails/Nobody recipient-key.unknown'],
    ['an unknown password key', { passwords: { Nope: '12345678' } }, '/passwords/Nope password-key.unknown'],
    ['an unknown time zone', { timeZone: 'Mars/Olympus' }, '/timeZone time-zone.unknown'],
    ['a NUL in metadata', { metadata: { a: ['\0'] } }, '/metadata json.bad-text'],
    ['half a surrogate pair in a name', { name: 'A\ud800' }, '/name json.bad-text'],
    [
      'half a surrogate pair in a display name',
      { emails: { CFO: [{ address: 'a@b.example', name: '\udc00' }] } },
      '/emails json.bad-text',
    ],
    ['half a surrogate pair', { metadata: { '\ud800': 1 } }, '/metadata json.bad-text'],
  ])('refuses %s by rule', async (_what, part, fault) => {
    const reply = await app.put('/v1/customers/BAD', { ...ada, ...part });
    expect([reply.status, ...faultsOf(reply)]).toEqual([422, fault]);
  });

  it.each([
    ['a line break in a name', { name: 'Ada\r\nBcc: evil@z.example' }, '/name'],
    [
      'a second header in an address',
      { emails: { CFO: [{ address: 'a@b.example\r\nBcc: evil@z.example' }] } },
      '/emails/CFO/0/address',
    ],
    [
      'two addresses in one',
      { emails: { CFO: [{ address: 'a@b.example,c@d.example' }] } },
      '/emails/CFO/0/address',
    ],
    [
      'a line break in a display name',
      { emails: { CFO: [{ address: 'a@b.example', name: 'A\nB' }] } },
      '/emails/CFO/0/name',
    ],
    ['a wrong type', { suspended: 'yes' }, '/suspended'],
    ['an unknown field', { password: 'x' }, '/password'],
    ['a password that archives can not take', { passwords: { Archive: 'pässword' } }, '/passwords/Archive'],
    ['a short password', { passwords: { Archive: 'short' } }, '/passwords/Archive'],
  ])('refuses %s as malformed', async (_what, part, pointer) => {
    const reply = await app.put('/v1/customers/BAD', { ...ada, ...part });
    expect(reply.status).toBe(400);
    expect(reply.body.errors.map((e: { pointer: string }) => e.pointer)).toEqual([pointer]);
    expect((await app.get('/v1/customers/BAD')).status).toBe(404);
  });

  it('asks for a key anew before it refuses it, and not at all for keys that it knows', async () => {
    const email = (key: string) =>
      app.put('/v1/customers/KEYS', { ...ada, emails: { [key]: [{ address: 'a@b.example' }] } });
    await email('CFO');
    const asked = definitions.asked;
    await email('InvoiceEmail');
    expect(definitions.asked).toBe(asked);
    definitions.recipientKeys.push('Fresh');
    expect((await email('Fresh')).status).toBe(200);
    expect(definitions.asked).toBe(asked + 1);
  });

  it('answers 503 while the definitions service is away, unless no key is needed', async () => {
    definitions.isAway = true;
    try {
      const reply = await app.put('/v1/customers/AWAY', { ...ada, emails: { Unheard: [] } });
      expect([reply.status, reply.body.code]).toEqual([503, 'service.unavailable']);
      expect((await app.put('/v1/customers/AWAY', { name: 'A', clusterCode: 'ALL' })).status).toBe(200);
    } finally {
      definitions.isAway = false;
    }
  });

  it('filters by cluster, suspension, and a part of code, name or a whole address', async () => {
    await app.put('/v1/customers/F1', { ...ada, name: '100% Zebra', suspended: false, clusterCode: 'OTHER' });
    const codes = async (query: string) =>
      (await app.get(`/v1/customers?${query}`)).body.items.map(({ code }: { code: string }) => code);
    expect(await codes('search=0%25+zeb')).toEqual(['F1']);
    expect(await codes('search=%25')).toEqual(['F1']);
    expect(await codes('search=ADA@one.example&cluster=OTHER')).toEqual(['F1']);
    expect(await codes('suspended=true')).toContain('C/1');
    expect(await codes('suspended=true')).not.toContain('F1');
    expect(await codes('cluster=NOWHERE')).toEqual([]);
  });

  it('removes a customer without invoices only', async () => {
    await app.put('/v1/customers/D1', ada);
    await app.import('invoices', [
      {
        code: 'D1-1',
        customerCode: 'D1',
        periodFirstDay: '2025-01-01',
        periodLastDay: '2025-01-31',
        status: 'open',
        currency: 'EUR',
        total: '1',
      },
    ]);
    expect((await app.delete('/v1/customers/D1')).body.code).toBe('customer.has-invoices');
    expect((await app.delete('/v1/customers/F1', { 'if-match': '"7"' })).status).toBe(412);
    expect((await app.delete('/v1/customers/F1')).status).toBe(204);
    expect((await app.delete('/v1/customers/F1')).status).toBe(404);
    expect(
      await app.rows(
        `select from runs.customer_emails e where not exists (select from runs.customers where id = e.customer_id)`,
      ),
    ).toEqual([]);
  });

  it('shows nothing to another tenant, who may use the same code', async () => {
    expect((await app.get('/v1/customers/C9', theirs)).status).toBe(404);
    expect((await app.call('DELETE', '/v1/customers/C9', undefined, { tenant: theirs })).status).toBe(404);
    const body = { name: 'Theirs', clusterCode: 'ALL' };
    const crossed = await app.call('PUT', '/v1/customers/C9', body, { tenant: theirs });
    expect(faultsOf(crossed)).toEqual(['/clusterCode customer-cluster.unknown']);
    await app.call('PUT', '/v1/customer-clusters/ALL', { name: 'Theirs' }, { tenant: theirs });
    await app.call('PUT', '/v1/customers/C9', body, { tenant: theirs });
    expect((await app.get('/v1/customers/C9', theirs)).body.name).toBe('Theirs');
    expect((await app.get('/v1/customers/C9')).body.name).toBe('Ada');
  });
});

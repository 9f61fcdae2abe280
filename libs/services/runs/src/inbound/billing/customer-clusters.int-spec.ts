import { BillingApp, faultsOf, theirs } from '../../testing/billing-app.js';

describe('customer clusters', () => {
  let app: BillingApp;
  beforeAll(async () => {
    app = await BillingApp.start();
    await app.import('clusters', [
      { code: 'ALL', name: 'All' },
      { code: 'NL', name: 'Netherlands', parentCode: 'ALL' },
      { code: 'ABC', name: 'ABC', parentCode: 'NL' },
    ]);
  });
  afterAll(() => app.stop());

  const codes = (body: { items: { code: string }[] }) => body.items.map(({ code }) => code);

  it('makes a cluster, answers it with its ETag, and leaves it alone when nothing changes', async () => {
    const made = await app.put('/v1/customer-clusters/2025%2F1%20%C3%BC', { name: 'Ü', parentCode: 'ALL' });
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({ code: '2025/1 ü', name: 'Ü', parentCode: 'ALL', version: 1 });
    expect(made.headers.get('etag')).toBe('"1"');
    const again = await app.put('/v1/customer-clusters/2025%2F1%20%C3%BC', made.body);
    expect(again.body).toEqual(made.body);
    expect((await app.get('/v1/customer-clusters/2025%2F1%20%C3%BC')).body).toEqual(made.body);
  });

  it('moves a cluster with all below it, and refuses to move it into its own branch', async () => {
    await app.put('/v1/customer-clusters/BE', { name: 'Belgium', parentCode: 'ALL' });
    const moved = await app.put('/v1/customer-clusters/NL', { name: 'Netherlands', parentCode: 'BE' });
    expect(moved.body).toMatchObject({ parentCode: 'BE', version: 2 });
    for (const parentCode of ['NL', 'ABC']) {
      const cycle = await app.put('/v1/customer-clusters/NL', { name: 'Netherlands', parentCode });
      expect([cycle.status, cycle.body.code, ...faultsOf(cycle)]).toEqual([
        422,
        'customer-cluster.cycle',
        '/parentCode customer-cluster.cycle',
      ]);
      expect(cycle.body.detail).toContain(`'${parentCode}' is 'NL' itself or lies below it`);
    }
    await app.put('/v1/customer-clusters/NL', { name: 'Netherlands', parentCode: 'ALL' });
  });

  it('lets one of two moves win that would tie a cycle together', async () => {
    await app.put('/v1/customer-clusters/X', { name: 'X' });
    await app.put('/v1/customer-clusters/Y', { name: 'Y' });
    const answers = await Promise.all([
      app.put('/v1/customer-clusters/X', { name: 'X', parentCode: 'Y' }),
      app.put('/v1/customer-clusters/Y', { name: 'Y', parentCode: 'X' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
  });

  it('refuses an unknown parent, a changed code and a version that is gone', async () => {
    const orphan = await app.put('/v1/customer-clusters/Z', { name: 'Z', parentCode: 'NOWHERE' });
    expect([orphan.status, ...faultsOf(orphan)]).toEqual([422, '/parentCode customer-cluster.unknown']);
    const renamed = await app.put('/v1/customer-clusters/ALL', { name: 'All', code: 'EVERY' });
    expect([renamed.status, ...faultsOf(renamed)]).toEqual([422, '/code read-only']);
    const stale = await app.put('/v1/customer-clusters/ALL', { name: 'Every' }, { 'if-match': '"9"' });
    expect(stale.status).toBe(412);
    const fresh = await app.put('/v1/customer-clusters/ALL', { name: 'Every' }, { 'if-match': '"1"' });
    expect([fresh.status, fresh.headers.get('etag')]).toEqual([200, '"2"']);
  });

  it('removes an empty cluster only, and tells the audit log', async () => {
    await app.put('/v1/customer-clusters/LEAF', { name: 'Leaf', parentCode: 'ALL' });
    await app.put('/v1/customers/IN-LEAF', { name: 'A', clusterCode: 'LEAF' });
    expect((await app.delete('/v1/customer-clusters/ALL')).body.code).toBe('customer-cluster.not-empty');
    expect((await app.delete('/v1/customer-clusters/LEAF')).status).toBe(409);
    await app.delete('/v1/customers/IN-LEAF');
    expect((await app.delete('/v1/customer-clusters/LEAF')).status).toBe(204);
    expect((await app.delete('/v1/customer-clusters/LEAF')).status).toBe(404);
    const entries = await app.rows<{ action: string; actor: string }>(
      `select action, actor from runs.audit_entries where subject = 'customer-cluster/LEAF' order by id`,
    );
    expect(entries).toEqual([
      { action: 'customer-cluster.created', actor: 'Ada' },
      { action: 'customer-cluster.removed', actor: 'Ada' },
    ]);
  });

  it('lists by code, page by page, and the children of one', async () => {
    const all: string[] = [];
    let cursor = '';
    do {
      const { body } = await app.get(`/v1/customer-clusters?limit=2${cursor}`);
      all.push(...codes(body));
      cursor = body.next === undefined ? '' : `&cursor=${body.next}`;
    } while (cursor !== '');
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining(['ABC', 'ALL', 'NL', 'X', 'Y']));
    expect(codes((await app.get('/v1/customer-clusters?parent=NL')).body)).toEqual(['ABC']);
    expect((await app.get('/v1/customer-clusters?cursor=nonsense')).body.code).toBe('cursor.invalid');
  });

  it("lists a cluster's customers, with those of all clusters below it when asked", async () => {
    await app.import('customers', [
      { code: 'C1', name: 'One', clusterCode: 'ABC' },
      { code: 'C2', name: 'Two', clusterCode: 'NL' },
      { code: 'C3', name: 'Three', clusterCode: 'ABC' },
    ]);
    const of = async (path: string) => codes((await app.get(`/v1/customer-clusters/${path}`)).body);
    expect(await of('NL/customers')).toEqual(['C2']);
    expect(await of('NL/customers?descendants=true')).toEqual(['C1', 'C2', 'C3']);
    expect(await of('ALL/customers?descendants=true')).toEqual(['C1', 'C2', 'C3']);
    const { body } = await app.get('/v1/customer-clusters/ALL/customers?descendants=true&limit=2');
    expect(codes(body)).toEqual(['C1', 'C2']);
    expect(await of(`ALL/customers?descendants=true&limit=2&cursor=${body.next}`)).toEqual(['C3']);
    expect((await app.get('/v1/customer-clusters/NOWHERE/customers')).status).toBe(404);
  });

  it('shows nothing to another tenant', async () => {
    expect((await app.get('/v1/customer-clusters/ALL', theirs)).status).toBe(404);
    expect((await app.get('/v1/customer-clusters/ALL/customers', theirs)).status).toBe(404);
    expect((await app.get('/v1/customer-clusters', theirs)).body.items).toEqual([]);
    const under = await app.call(
      'PUT',
      '/v1/customer-clusters/MINE',
      { name: 'A', parentCode: 'ALL' },
      { tenant: theirs },
    );
    expect(faultsOf(under)).toEqual(['/parentCode customer-cluster.unknown']);
  });
});

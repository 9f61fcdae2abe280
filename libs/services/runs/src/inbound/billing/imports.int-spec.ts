import { connect } from 'node:net';
import { BillingApp, definitions, ours, theirs } from '../../testing/billing-app.js';

const invoice = {
  customerCode: 'C1',
  periodFirstDay: '2025-01-01',
  periodLastDay: '2025-01-31',
  status: 'open',
  currency: 'EUR',
  total: '1.00',
};

describe('imports', () => {
  let app: BillingApp;
  beforeAll(async () => {
    app = await BillingApp.start();
    await app.import('clusters', [{ code: 'ALL', name: 'All' }]);
    await app.import('customers', [{ code: 'C1', name: 'One', clusterCode: 'ALL' }]);
  });
  afterAll(() => app.stop());

  const counts = ({ lines, created, updated, unchanged, refused }: Record<string, number>) => ({
    lines,
    created,
    updated,
    unchanged,
    refused,
  });
  const refusals = (body: { refusals: { line: number; pointer: string; code: string }[] }) =>
    body.refusals.map(({ line, pointer, code }) => `${line} ${pointer} ${code}`);

  it('refuses bad lines with line, pointer and reason, and takes the others', async () => {
    const { status, body } = await app.import('customers', [
      { code: 'G1', name: 'Good', clusterCode: 'ALL' },
      '',
      '{"code":"B1",',
      { code: 'B2', name: 'A', clusterCode: 'NOWHERE', emails: { Nobody: [{ address: 'a@b.example' }] } },
      { code: 'B3', name: 'A\r\nBcc: evil@z.example', clusterCode: 'ALL', surprise: 1 },
      { code: 'B4', clusterCode: 'ALL', passwords: { Nope: '12345678' } },
      '["no object"]',
      { code: 'G2', name: 'Good', clusterCode: 'ALL', emails: { CFO: [{ address: 'a@b.example' }] } },
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ kind: 'customers', state: 'completed', endedAt: expect.any(String) });
    expect(counts(body)).toEqual({ lines: 7, created: 2, updated: 0, unchanged: 0, refused: 5 });
    expect(refusals(body)).toEqual([
      '3  line.not-json',
      '4 /emails/Nobody recipient-key.unknown',
      '4 /clusterCode customer-cluster.unknown',
      '5 /name invalid-format',
      '5 /surprise unknown-field',
      '6 /name required',
      '6 /passwords/Nope password-key.unknown',
      '7  invalid-type',
    ]);
    expect((await app.get(`/v1/imports/${body.id}`)).body).toEqual(body);
    expect((await app.get('/v1/customers/G2')).status).toBe(200);
  });

  it('keeps missing fields, replaces given lists and maps, removes by null, and changes nothing when repeated', async () => {
    const full = {
      code: 'M1',
      name: 'Merge',
      clusterCode: 'ALL',
      locale: 'nl',
      metadata: { a: 1, b: 2 },
      emails: { InvoiceEmail: [{ address: 'a@b.example' }], CFO: [{ address: 'c@b.example' }] },
      passwords: { Archive: 'first password', Second: 'second password' },
    };
    expect(counts((await app.import('customers', [full])).body)).toMatchObject({ created: 1 });
    expect(counts((await app.import('customers', [full, full])).body)).toMatchObject({
      unchanged: 2,
      updated: 0,
    });
    expect((await app.get('/v1/customers/M1')).body.version).toBe(1);
    const part = {
      code: 'M1',
      locale: null,
      metadata: { c: 3 },
      emails: { CFO: [{ kind: 'cc', address: 'd@b.example' }], InvoiceEmail: null },
      passwords: { Archive: 'other password' },
    };
    expect(counts((await app.import('customers', [part])).body)).toMatchObject({ updated: 1 });
    expect((await app.get('/v1/customers/M1')).body).toMatchObject({
      name: 'Merge',
      locale: null,
      metadata: { c: 3 },
      emails: { CFO: [{ kind: 'cc', address: 'd@b.example' }] },
      passwordKeys: ['Archive'],
      version: 2,
    });
    expect(counts((await app.import('customers', [part, { code: 'M1' }])).body)).toMatchObject({
      unchanged: 2,
    });
  });

  it('lets the last of two lines of one code win, in their order', async () => {
    const { body } = await app.import('invoices', [
      { ...invoice, code: 'D1', total: '1', data: { a: 1 } },
      { code: 'D1', total: '2' },
      { code: 'D1', status: 'approved', number: '7' },
      { code: 'D1', total: '3' },
      { code: 'D1', status: 'approved' },
    ]);
    expect(counts(body)).toEqual({ lines: 5, created: 1, updated: 2, unchanged: 1, refused: 1 });
    expect(refusals(body)).toEqual(['4 /total invoice.frozen']);
    expect((await app.get('/v1/invoices/D1')).body).toMatchObject({
      total: '2',
      status: 'approved',
      data: { a: 1 },
    });
  });

  it('lets clusters name parents that come later, and refuses what stays unknown or would be a cycle', async () => {
    const { body } = await app.import('clusters', [
      { code: 'T3', name: 'Three', parentCode: 'T2' },
      { code: 'T2', name: 'Two', parentCode: 'T1' },
      { code: 'T3', name: 'Three renamed', parentCode: 'ALL' },
      { code: 'LOST', name: 'Lost', parentCode: 'NEVER' },
      { code: 'R1', name: 'Ring', parentCode: 'R2' },
      { code: 'R2', name: 'Ring', parentCode: 'R1' },
      { code: 'SELF', name: 'Self', parentCode: 'SELF' },
      { code: 'T1', name: 'One', parentCode: 'ALL' },
      { code: 'ALL', parentCode: 'T1' },
      { code: 'NAMELESS', parentCode: 'T1' },
    ]);
    expect(counts(body)).toEqual({ lines: 10, created: 3, updated: 1, unchanged: 0, refused: 6 });
    expect(refusals(body)).toEqual([
      '4 /parentCode customer-cluster.unknown',
      '5 /parentCode customer-cluster.unknown',
      '6 /parentCode customer-cluster.unknown',
      '7 /parentCode customer-cluster.cycle',
      '9 /parentCode customer-cluster.cycle',
      '10 /name required',
    ]);
    expect((await app.get('/v1/customer-clusters/T3')).body).toMatchObject({
      parentCode: 'ALL',
      name: 'Three renamed',
    });
    expect((await app.get('/v1/customer-clusters/T2')).body).toMatchObject({ parentCode: 'T1' });
  });

  it('takes a chain of 1,200 clusters that is upside down', async () => {
    const chain = Array.from({ length: 1200 }, (_, i) => ({
      code: `K${i}`,
      name: `K${i}`,
      parentCode: i === 1199 ? 'ALL' : `K${i + 1}`,
    }));
    expect(counts((await app.import('clusters', chain)).body)).toMatchObject({ created: 1200, refused: 0 });
    expect(counts((await app.import('clusters', chain)).body)).toMatchObject({ unchanged: 1200, refused: 0 });
  });

  it('reads hostile bytes line by line', async () => {
    const good = (code: string) => Buffer.from(`${JSON.stringify({ ...invoice, code })}\r\n`);
    const atLimit = JSON.stringify({ ...invoice, code: 'H2', data: { a: '' } });
    const body = Buffer.concat([
      Buffer.from('\ufeff'),
      good('H1'),
      Buffer.from(`{"code":"H","data":{"a":"${'x'.repeat(1024 * 1024)}"}}\n`),
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d, 0x0a]),
      Buffer.from(atLimit.replace('"a":""', `"a":"${'x'.repeat(1024 * 1024 - atLimit.length)}"`) + '\n'),
      Buffer.from(`{"code":"H3","data":{"a":"\\u0000"}}\n`),
      Buffer.from(`{"code":"H\\ud800"}\n`),
      Buffer.from(`{"code":"H4","\\u0000${'y'.repeat(5000)}":1}\n`),
      Buffer.from(`{"code":"H5","data":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}\n`),
      Buffer.from(`{"code":"H6","data":{"__proto__":{"x":1},"n":1e400}}\n`),
      Buffer.from(`{"code":"${'c'.repeat(201)}"}\n`),
      Buffer.from(`${JSON.stringify({ ...invoice, code: 'H8' }).slice(0, -1)},"number":"\\ud800"}\n`),
      Buffer.from('\0\n   \n'),
      good('H7').subarray(0, -2),
    ]);
    const reply = await app.call('POST', '/v1/imports/invoices', body);
    expect(counts(reply.body)).toEqual({ lines: 13, created: 3, updated: 0, unchanged: 0, refused: 10 });
    const told = refusals(reply.body).filter((text) => !text.includes(' required'));
    expect(told.map((text) => text.slice(0, 30))).toEqual([
      '2  line.too-long',
      '3  line.not-utf8',
      '5 /data json.bad-text',
      '6  code.bad-text',
      `7 /\ufffd${'y'.repeat(26)}`,
      '8 /data json.too-deep',
      '9 /data json.bad-number',
      '10 /code too-big',
      '11 /number json.bad-text',
      '12  line.not-json',
    ]);
  });

  it('takes an empty stream, and refuses other content types', async () => {
    const empty = await app.call('POST', '/v1/imports/invoices', '');
    expect([empty.body.state, counts(empty.body).lines]).toEqual(['completed', 0]);
    const headers = { 'content-type': 'application/json' };
    expect((await app.call('POST', '/v1/imports/invoices', '{}', { headers })).status).toBe(415);
    expect((await app.call('POST', '/v1/imports/gadgets', '{}')).status).toBe(400);
  });

  it('keeps 10,000 refusals, page by page, and counts all', async () => {
    const { body } = await app.call('POST', '/v1/imports/invoices', 'x\n'.repeat(10_050));
    expect([body.refused, body.refusals.length, body.refusals[99].line]).toEqual([10_050, 100, 100]);
    const first = await app.get(`/v1/imports/${body.id}/refusals?limit=500`);
    expect(first.body.items).toHaveLength(500);
    const second = await app.get(`/v1/imports/${body.id}/refusals?limit=500&cursor=${first.body.next}`);
    expect(second.body.items[0]).toEqual({
      line: 501,
      pointer: '',
      code: 'line.not-json',
      detail: 'The line is not JSON.',
    });
    const [row] = await app.rows<{ kept: string }>(
      `select count(*) as kept from runs.import_refusals where import_id = $1`,
      [body.id],
    );
    expect(Number(row?.kept)).toBe(10_000);
  });

  it('keeps what came before a cut, and shows the import as interrupted', async () => {
    const { port, hostname } = new URL(app.base);
    const token = await app.tokens.sign({ tenantId: ours });
    const socket = connect(Number(port), hostname);
    const line = (code: string) => `${JSON.stringify({ ...invoice, code })}\n`;
    const lines =
      Array.from({ length: 700 }, (_, i) => line(`CUT${i}`)).join('') + line('CUT-HALF').slice(0, -20);
    socket.write(
      `POST /v1/imports/invoices HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n` +
        `content-type: application/x-ndjson\r\ncontent-length: 10000000\r\n\r\n${lines}`,
    );
    const state = () =>
      app.rows<{ id: string; state: string; lines: string }>(
        `select id, state, lines from runs.imports where lines >= 500 and kind = 'invoices' and refused = 0 order by id desc`,
      );
    await until(async () => (await state()).length > 0);
    socket.destroy();
    await until(async () => (await state())[0]?.state === 'interrupted');
    const [row] = await state();
    expect((await app.get(`/v1/imports/${row!.id}`)).body).toMatchObject({
      state: 'interrupted',
      lines: 700,
      created: 700,
      endedAt: expect.any(String),
    });
    expect((await app.get('/v1/invoices/CUT-HALF')).status).toBe(404);
    const again = await app.import('invoices', lines.split('\n').slice(0, -1));
    expect(counts(again.body)).toEqual({ lines: 700, created: 0, updated: 0, unchanged: 700, refused: 0 });
  });

  it('shows an import as interrupted whose process went silent', async () => {
    const { body } = await app.import('invoices', []);
    await app.rows(
      `update runs.imports set state = 'running', ended_at = null, touched_at = now() - interval '61 seconds' where id = $1`,
      [body.id],
    );
    const shown = (await app.get(`/v1/imports/${body.id}`)).body;
    expect(shown).toMatchObject({ state: 'interrupted', endedAt: expect.any(String) });
  });

  it('answers 503 in an outage and keeps what came before', async () => {
    definitions.isAway = true;
    try {
      const unheard = { code: 'O2', name: 'A', clusterCode: 'ALL', emails: { Unheard: [] } };
      const before = Array.from({ length: 500 }, (_, i) => ({
        code: `O1-${i}`,
        name: 'A',
        clusterCode: 'ALL',
      }));
      expect((await app.import('customers', [...before, unheard])).status).toBe(503);
    } finally {
      definitions.isAway = false;
    }
    expect((await app.get('/v1/customers/O1-499')).status).toBe(200);
    const [row] = await app.rows<{ state: string; created: string }>(
      `select state, created from runs.imports order by id desc limit 1`,
    );
    expect(row).toEqual({ state: 'interrupted', created: '500' });
  });

  it('merges two streams of the same codes at once without losing a line', async () => {
    const lines = Array.from({ length: 1500 }, (_, i) => ({ ...invoice, code: `P${i}` }));
    const [one, two] = await Promise.all([
      app.import('invoices', lines),
      app.import('invoices', [...lines].reverse()),
    ]);
    expect(one.body.created + two.body.created).toBe(1500);
    expect(one.body.unchanged + two.body.unchanged).toBe(1500);
  });

  it('shows nothing to another tenant, whose lines find nothing of ours', async () => {
    const { body } = await app.import('invoices', [{ ...invoice, code: 'P0' }], theirs);
    expect(refusals(body)).toEqual(['1 /customerCode customer.unknown']);
    expect((await app.get(`/v1/imports/${body.id}`)).status).toBe(404);
    expect((await app.get(`/v1/imports/${body.id}/refusals`)).status).toBe(404);
    expect((await app.get('/v1/imports/01900000-0000-7000-8000-00000000ffff')).status).toBe(404);
  });
});

/** Waits for something that another connection brings about. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('It did not come true within 5 s.');
    await new Promise((done) => setTimeout(done, 20));
  }
}

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { BillingApp, ours, theirs } from '../../testing/billing-app.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('documents', () => {
  let app: BillingApp;
  beforeAll(async () => {
    app = await BillingApp.start();
    await app.put('/v1/customer-clusters/ALL', { name: 'All' });
    await app.put('/v1/customers/C1', { name: 'One', clusterCode: 'ALL' });
    const invoice = {
      customerCode: 'C1',
      number: '1',
      periodFirstDay: '2025-01-01',
      periodLastDay: '2025-01-31',
      status: 'approved',
      currency: 'EUR',
      total: '1',
    };
    for (const code of ['1%2F2', 'I2']) await app.put(`/v1/invoices/${code}`, invoice);
  });
  afterAll(() => app.stop());

  const path = '/v1/invoices/1%2F2/documents';
  const pdf = Buffer.from('%PDF-1.7 small');
  const upload = (to: string, bytes: Uint8Array | string | ReadableStream, type = 'application/pdf') =>
    app.call('PUT', to, bytes, { headers: { 'content-type': type } });

  /** Sends the chunk again and again, until there is an answer or the connection is closed. */
  const uploadWithoutEnd = async (to: string, chunk: Uint8Array) => {
    const authorization = `Bearer ${await app.tokens.sign({ tenantId: ours })}`;
    const outgoing = request(app.base + to, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'text/csv' },
    });
    const answered = once(outgoing, 'response').then(
      ([response]) => (response as IncomingMessage).statusCode,
      () => 'closed',
    );
    const sending = pipeline(
      (async function* () {
        for (;;) yield await Promise.resolve(chunk);
      })(),
      outgoing,
    ).catch(() => undefined);
    const answer = await answered;
    outgoing.destroy();
    await sending;
    return answer;
  };

  it('keeps what was uploaded, by content, and gives it back byte for byte', async () => {
    const made = await upload(
      `${path}/pdf?fileName=${encodeURIComponent('Räkning 1.pdf')}&sha256=${sha256(pdf)}`,
      pdf,
    );
    expect(made.status).toBe(200);
    expect(made.body).toEqual({
      transformationKey: 'pdf',
      revision: 1,
      origin: 'upload',
      contentType: 'application/pdf',
      fileName: 'Räkning 1.pdf',
      sizeBytes: pdf.length,
      sha256: sha256(pdf),
      createdAt: expect.any(String),
    });
    expect((await app.get(path)).body).toEqual({ items: [made.body] });
    const read = await app.get(`${path}/pdf`);
    expect(read.body).toBe(pdf.toString());
    expect(Object.fromEntries(read.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(pdf.length),
      'content-disposition': "attachment; filename*=UTF-8''R%C3%A4kning%201.pdf",
      'x-content-type-options': 'nosniff',
      etag: `"${sha256(pdf)}"`,
    });
    expect(await app.blobs.head(`documents/${ours}/${sha256(pdf)}`)).toBeDefined();
  });

  it('takes a large one of unknown length through a temporary file, and removes that', async () => {
    const bytes = randomBytes(900_000);
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 100_000)
          controller.enqueue(bytes.subarray(at, at + 100_000));
        controller.close();
      },
    });
    const made = await upload('/v1/invoices/I2/documents/pdf', pieces, '');
    expect(made.body).toMatchObject({
      sha256: sha256(bytes),
      sizeBytes: 900_000,
      contentType: 'application/octet-stream',
    });
    const kept = await app.blobs.get(`documents/${ours}/${sha256(bytes)}`, { maxBytes: 1_000_000 });
    expect(kept.equals(bytes)).toBe(true);
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('mailrun-document-'))).toEqual([]);
  });

  it('replaces a document, and keeps the bytes that a run may name', async () => {
    await upload('/v1/invoices/I2/documents/csv', 'a;b', 'text/csv; charset=utf-8');
    const { body } = await upload('/v1/invoices/I2/documents/csv', 'c;d', 'text/csv');
    expect(body).toMatchObject({
      sha256: sha256(Buffer.from('c;d')),
      fileName: null,
      contentType: 'text/csv',
    });
    expect((await app.get('/v1/invoices/I2/documents')).body.items).toHaveLength(2);
    expect((await app.delete('/v1/invoices/I2/documents/csv')).status).toBe(204);
    expect((await app.delete('/v1/invoices/I2/documents/csv')).status).toBe(404);
    expect((await app.get('/v1/invoices/I2/documents/csv')).status).toBe(404);
    for (const text of ['a;b', 'c;d']) {
      expect(await app.blobs.head(`documents/${ours}/${sha256(Buffer.from(text))}`)).toBeDefined();
    }
  });

  it('counts documents of an earlier revision as absent', async () => {
    await upload('/v1/invoices/I2/documents/csv', 'old', 'text/csv');
    await app.call('POST', '/v1/invoices/I2/reopen', { reason: 'Wrong' });
    expect((await app.get('/v1/invoices/I2/documents')).body.items).toEqual([]);
    expect((await app.get('/v1/invoices/I2/documents/csv')).status).toBe(404);
    expect((await upload('/v1/invoices/I2/documents/csv', 'new', 'text/csv')).body.revision).toBe(2);
  });

  it('keeps nothing of bytes with another hash, or too many of them', async () => {
    const other = await upload(`${path}/csv?sha256=${'0'.repeat(64)}`, 'tampered', 'text/csv');
    expect([other.status, other.body.code]).toEqual([422, 'document.sha256-differs']);
    expect(await app.blobs.head(`documents/${ours}/${sha256(Buffer.from('tampered'))}`)).toBeUndefined();
    const large = randomBytes(1024 * 1024 + 1);
    expect((await upload(`${path}/csv`, large)).body.code).toBe('document.too-large');
    expect([413, 'closed']).toContain(await uploadWithoutEnd(`${path}/csv`, large));
    expect((await app.get(`${path}/csv`)).status).toBe(404);
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('mailrun-document-'))).toEqual([]);
  });

  it.each([
    ['/v1/invoices/NONE/documents/pdf', 'application/pdf', 404, 'invoice.not-found'],
    [`${path}/unheard`, 'application/pdf', 422, 'invoice-transformation.unknown'],
    [`${path}/pdf`, 'text/html; x="\\"', 415, 'document.bad-content-type'],
    [`${path}/pdf?fileName=a%0Ab`, 'application/pdf', 400, 'query.invalid'],
    [`${path}/pdf?sha256=abc`, 'application/pdf', 400, 'query.invalid'],
  ])('refuses PUT %s as %s', async (to, type, status, code) => {
    const reply = await upload(to, pdf, type);
    expect([reply.status, reply.body.code]).toEqual([status, code]);
  });

  it('says so when the bytes are lost, and takes them again', async () => {
    await app.blobs.delete(`documents/${ours}/${sha256(pdf)}`);
    expect((await app.get(`${path}/pdf`)).body.code).toBe('document.bytes-lost');
    expect((await upload(`${path}/pdf`, pdf)).status).toBe(200);
    expect((await app.get(`${path}/pdf`)).status).toBe(200);
  });

  it('shows nothing to another tenant', async () => {
    expect((await app.get(path, theirs)).status).toBe(404);
    expect((await app.get(`${path}/pdf`, theirs)).status).toBe(404);
    expect((await app.call('DELETE', `${path}/pdf`, undefined, { tenant: theirs })).status).toBe(404);
    expect((await app.call('PUT', `${path}/pdf`, 'x', { tenant: theirs })).body.code).toBe(
      'invoice.not-found',
    );
    expect((await app.get(`${path}/pdf`)).status).toBe(200);
  });
});

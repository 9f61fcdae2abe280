import {
  getCustomer,
  listDocuments,
  putCustomer,
  putCustomerCluster,
  putDocument,
  putInvoice,
  senderRoutes,
} from '@mailrun/contracts';
import type { BillingCompany } from '../company/billing-company.js';
import { keys } from '../company/configuration.js';
import { clusterCode, manyInvoices, period } from '../company/many-invoices.js';
import { fieldsOf, refusalOf } from './refusal.js';

const invoice = {
  customerCode: 'C-0001',
  ...period,
  status: 'approved',
  currency: 'EUR',
  total: '1.00',
};
const customer = { name: 'Somebody', clusterCode };

/** Bodies that are not as the contract has them, or name what is not there. Nothing of them is kept. */
export function malformedBodies(theCompany: () => BillingCompany): void {
  describe('a body', () => {
    const api = () => theCompany().api;
    beforeAll(async () => {
      const company = theCompany();
      await company.load(manyInvoices(company, 2, 1));
    });

    it('with an unknown field is refused by the name of the field', async () => {
      const body = { ...customer, emial: 'a@b.example' };
      const refusal = await refusalOf(api(), putCustomer, { params: { code: 'New' }, body });
      expect([refusal.status, refusal.code]).toEqual([400, 'body.invalid']);
      expect(fieldsOf(refusal)).toEqual({ '/emial': 'unknown-field' });
      const read = await refusalOf(api(), getCustomer, { params: { code: 'New' } });
      expect(read.status).toBe(404);
    });

    it('with a wrong type is refused, each field by its pointer', async () => {
      const body = { ...invoice, total: 1.5, periodLastDay: 'tomorrow', data: [] };
      const refusal = await refusalOf(api(), putInvoice, { params: { code: 'New' }, body });
      expect(refusal.status).toBe(400);
      expect(Object.keys(fieldsOf(refusal)).sort()).toEqual(['/data', '/periodLastDay', '/total']);
    });

    it('that is no JSON, or too large, is refused', async () => {
      const put = (content: string) =>
        refusalOf(
          api(),
          putCustomer,
          { params: { code: 'New' } },
          { bytes: { content, type: 'application/json' } },
        );
      expect(await put('{"name":')).toMatchObject({ status: 400, code: 'body.malformed' });
      const large = JSON.stringify({ ...customer, metadata: { x: 'x'.repeat(5_000_000) } });
      expect(await put(large)).toMatchObject({ status: 413 });
    });

    it('with an unknown cluster is refused; in an import its line only', async () => {
      const body = { ...customer, clusterCode: 'ATLANTIS' };
      const refusal = await refusalOf(api(), putCustomer, { params: { code: 'New' }, body });
      expect(refusal).toMatchObject({ status: 422, code: 'customer-cluster.unknown' });
      expect(fieldsOf(refusal)).toEqual({ '/clusterCode': 'customer-cluster.unknown' });

      const result = await theCompany().import('customers', [
        { code: 'I-1', ...customer },
        { code: 'I-2', ...customer, clusterCode: 'ATLANTIS' },
        { code: 'I-3', ...customer },
      ]);
      expect(result).toMatchObject({ state: 'completed', lines: 3, created: 2, refused: 1 });
      expect(result.refusals).toMatchObject([{ line: 2, pointer: '/clusterCode' }]);
    });

    it('that would make a cycle in the tree is refused', async () => {
      for (const [code, parentCode] of [
        ['A', clusterCode],
        ['B', 'A'],
        ['C', 'B'],
      ] as const) {
        await api().call(putCustomerCluster, { params: { code }, body: { name: code, parentCode } });
      }
      const body = { name: 'A', parentCode: 'C' };
      const refusal = await refusalOf(api(), putCustomerCluster, { params: { code: 'A' }, body });
      expect(refusal).toMatchObject({ status: 422, code: 'customer-cluster.cycle' });
      const result = await theCompany().import('clusters', [{ code: 'A', name: 'A', parentCode: 'A' }]);
      expect(result).toMatchObject({ state: 'completed', refused: 1 });
    });

    it.each([
      ['b@y.example\r\nBcc: evil@z.example'],
      ['b@y.example,evil@z.example'],
      ['b@y.example;evil@z.example'],
      ['"b" <evil@z.example>'],
      ['b@y.example evil@z.example'],
      ['b@y.example\u0000'],
    ])('with the address %j is refused', async (address) => {
      const emails = { [keys.recipient]: [{ address }] };
      const body = { ...customer, emails };
      const refusal = await refusalOf(api(), putCustomer, { params: { code: 'New' }, body });
      expect(refusal.status).toBe(400);
      expect(Object.keys(fieldsOf(refusal))).toEqual([`/emails/${keys.recipient}/0/address`]);
      const sender = await refusalOf(api(), senderRoutes.put, {
        params: { key: 'evil' },
        body: { address, serverKey: keys.server },
      });
      expect(sender.status).toBe(400);
    });

    it('with a line break in a name is refused', async () => {
      const name = 'Somebody\r\nBcc: evil@z.example';
      const put = (body: object) => refusalOf(api(), putCustomer, { params: { code: 'New' }, body });
      expect(fieldsOf(await put({ ...customer, name }))).toHaveProperty('/name');
      const emails = { [keys.recipient]: [{ address: 'b@y.example', name }] };
      expect((await put({ ...customer, emails })).status).toBe(400);
      const sender = { address: 'a@b.example', displayName: name, serverKey: keys.server };
      const refusal = await refusalOf(api(), senderRoutes.put, { params: { key: 'evil' }, body: sender });
      expect(fieldsOf(refusal)).toHaveProperty('/displayName');
    });

    it('of a document with another SHA-256, or too many bytes, is refused and not kept', async () => {
      const params = { code: 'C-0001/2025-1', transformationKey: keys.pdf };
      const put = (content: Buffer, sha256?: string) => {
        const bytes = { content, type: 'application/pdf' };
        return refusalOf(api(), putDocument, { params, query: { sha256 } }, { bytes });
      };
      expect(await put(Buffer.from('%PDF-1.4 altered'), 'a'.repeat(64))).toMatchObject({
        status: 422,
        code: 'document.sha256-differs',
      });
      expect(await put(Buffer.alloc(26 * 1024 * 1024))).toMatchObject({ status: 413 });
      const kept = await api().call(listDocuments, { params: { code: params.code } });
      expect(kept.items).toEqual([]);
    });
  });
}

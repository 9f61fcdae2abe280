import { customerClusterLine, customerLine, invoiceLine } from '@mailrun/contracts';
import { monthOf, passwordOf, toClusterLine, toCustomerLine, toInvoiceLine } from './billing-data.js';
import type { ChinookCustomer } from './chinook.js';

const customer: ChinookCustomer = {
  code: 'C0003',
  cluster: 'CANADA',
  firstName: 'François',
  lastName: 'Tremblay',
  company: null,
  address: {
    street: '1498 rue Bélanger',
    city: 'Montréal',
    state: 'QC',
    postalCode: 'H2G 1A7',
    country: 'Canada',
  },
  phone: null,
  email: 'ftremblay@gmail.com.example',
};

describe('billing data', () => {
  it('makes clusters, customers and invoices as the API takes them', () => {
    const cluster = toClusterLine({ code: 'CANADA', name: 'Canada', parent: 'NORTH-AMERICA' });
    expect(customerClusterLine.parse(cluster)).toEqual({
      code: 'CANADA',
      name: 'Canada',
      parentCode: 'NORTH-AMERICA',
    });
    expect(customerLine.parse(toCustomerLine(customer))).toMatchObject({
      name: 'François Tremblay',
      locale: 'fr-CA',
      timeZone: 'America/Toronto',
      suspended: false,
      emails: {
        InvoiceEmail: [{ kind: 'to', address: 'ftremblay@gmail.com.example', name: 'François Tremblay' }],
      },
      passwords: { InvoicePassword: 'Chinook-C0003!' },
    });
    const line = { description: 'A', artist: 'B', album: 'C', quantity: 3, unitPrice: 0.99 };
    const invoice = {
      number: 'INV-1',
      customer: 'C0003',
      date: '2024-02-10',
      currency: 'USD',
      total: 2.97,
      lines: [line],
    };
    expect(invoiceLine.parse(toInvoiceLine(invoice))).toEqual({
      code: 'INV-1',
      number: 'INV-1',
      customerCode: 'C0003',
      periodFirstDay: '2024-02-01',
      periodLastDay: '2024-02-29',
      issueDate: '2024-02-10',
      status: 'approved',
      currency: 'USD',
      total: '2.97',
      data: { lines: [{ ...line, unitPrice: '0.99', amount: '2.97' }] },
    });
  });

  it('makes one customer suspended, one without password and one without address', () => {
    const coded = (code: string) => toCustomerLine({ ...customer, code });
    expect(coded('C0057').suspended).toBe(true);
    expect(coded('C0058').passwords).toEqual({});
    expect(coded('C0059').emails).toEqual({});
  });

  it('knows the last day of each month', () => {
    expect(monthOf('2023-02-01')).toEqual({ first: '2023-02-01', last: '2023-02-28' });
    expect(monthOf('2025-12-22').last).toBe('2025-12-31');
  });

  it('gives passwords that archive programs take', () => {
    expect(passwordOf('C0001')).toBe('Chinook-C0001!');
  });
});

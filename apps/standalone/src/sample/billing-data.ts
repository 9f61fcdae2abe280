import type { customerClusterLine, customerLine, invoiceLine } from '@mailrun/contracts';
import type { z } from 'zod';
import type { ChinookCluster, ChinookCustomer, ChinookInvoice, ChinookLine } from './chinook.js';
import { localeOf } from './locales.js';

export type ClusterLine = z.input<typeof customerClusterLine>;
export type CustomerLine = z.input<typeof customerLine>;
export type InvoiceLine = z.input<typeof invoiceLine>;

export const recipientKey = 'InvoiceEmail';
export const passwordKey = 'InvoicePassword';

/** What makes a run skip somebody: the sample shows each of these once. */
const suspended = 'C0057';
const withoutPassword = 'C0058';
const withoutAddress = 'C0059';

/** The password of a customer's archives, as a real billing system would have agreed it with the customer. */
export const passwordOf = (customerCode: string) => `Chinook-${customerCode}!`;

export function toClusterLine({ code, name, parent }: ChinookCluster): ClusterLine {
  return { code, name, parentCode: parent };
}

export const nameOf = ({ firstName, lastName }: ChinookCustomer) => `${firstName} ${lastName}`;

export function toCustomerLine(customer: ChinookCustomer): CustomerLine {
  const { code, cluster, company, address, phone, email } = customer;
  const name = nameOf(customer);
  return {
    code,
    name,
    clusterCode: cluster,
    ...localeOf(address),
    metadata: { company, phone, address },
    suspended: code === suspended,
    emails: code === withoutAddress ? {} : { [recipientKey]: [{ kind: 'to', address: email, name }] },
    passwords: code === withoutPassword ? {} : { [passwordKey]: passwordOf(code) },
  };
}

/** The month of a day: its first and its last day. */
export function monthOf(date: string): { first: string; last: string } {
  const year = Number(date.slice(0, 4));
  const month = Number(date.slice(5, 7));
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { first: `${date.slice(0, 7)}-01`, last: `${date.slice(0, 7)}-${days}` };
}

/** The source has prices as numbers with two digits; here they leave the world of floats. */
const decimal = (amount: number) => amount.toFixed(2);
const lineAmount = ({ quantity, unitPrice }: ChinookLine) => (quantity * Math.round(unitPrice * 100)) / 100;

export function toInvoiceLine(invoice: ChinookInvoice): InvoiceLine {
  const { number, customer, date, currency, total, lines } = invoice;
  const month = monthOf(date);
  return {
    code: number,
    number,
    customerCode: customer,
    periodFirstDay: month.first,
    periodLastDay: month.last,
    issueDate: date,
    status: 'approved',
    currency,
    total: decimal(total),
    data: {
      lines: lines.map((line) => ({
        description: line.description,
        artist: line.artist,
        album: line.album,
        quantity: line.quantity,
        unitPrice: decimal(line.unitPrice),
        amount: decimal(lineAmount(line)),
      })),
    },
  };
}

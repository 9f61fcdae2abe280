import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../system/places.js';
import type { BillingCompany, BillingData } from './billing-company.js';
import { keys } from './configuration.js';

interface Cluster {
  readonly code: string;
  readonly name: string;
  readonly parent: string | null;
}
interface Customer {
  readonly code: string;
  readonly cluster: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
}
interface Invoice {
  readonly number: string;
  readonly customer: string;
  readonly date: string;
  readonly currency: string;
  readonly total: number;
  readonly lines: readonly object[];
}

/** Customers whose invoices are skipped: suspended, without password, without address. */
export const leftOut = { suspended: 'C0057', withoutPassword: 'C0058', withoutAddress: 'C0059' };

async function readLines<Row>(name: string): Promise<Row[]> {
  const text = await readFile(join(root, 'apps/standalone/sample/chinook', name), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

/** The sample's clusters, customers and 412 approved invoices, as the company would import them. */
export async function readChinook(company: BillingCompany): Promise<BillingData> {
  const [clusters, customers, invoices] = await Promise.all([
    readLines<Cluster>('clusters.ndjson'),
    readLines<Customer>('customers.ndjson'),
    readLines<Invoice>('invoices.ndjson'),
  ]);
  return {
    clusters: clusters.map(({ code, name, parent }) => ({ code, name, parentCode: parent })),
    customers: customers.map(({ code, cluster, firstName, lastName, email }) => ({
      code,
      name: `${firstName} ${lastName}`,
      clusterCode: cluster,
      suspended: code === leftOut.suspended,
      emails: code === leftOut.withoutAddress ? {} : { [keys.recipient]: [{ address: email }] },
      passwords: code === leftOut.withoutPassword ? {} : { [keys.password]: company.passwordOf(code) },
    })),
    invoices: invoices.map(({ number, customer, date, currency, total, lines }) => ({
      code: number,
      number,
      customerCode: customer,
      periodFirstDay: date,
      periodLastDay: date,
      issueDate: date,
      status: 'approved',
      currency,
      total: total.toFixed(2),
      data: { lines },
    })),
  };
}

import type { BillingCompany, BillingData } from './billing-company.js';
import { keys } from './configuration.js';

export const clusterCode = 'ALL';
export const period = { periodFirstDay: '2025-01-01', periodLastDay: '2025-01-31' };

/** Customers of one cluster with so many approved invoices each; codes are the same in every company. */
export function manyInvoices(company: BillingCompany, customers: number, invoicesEach: number): BillingData {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  const codes = numbers(customers).map((number) => `C-${String(number).padStart(4, '0')}`);
  const domain = company.senderAddress.split('@')[1];
  return {
    clusters: [{ code: clusterCode, name: 'All customers', parentCode: null }],
    customers: codes.map((code) => ({
      code,
      name: `${company.name} customer ${code}`,
      clusterCode,
      emails: { [keys.recipient]: [{ address: `${code.toLowerCase()}@customers.${domain}`, name: code }] },
      passwords: { [keys.password]: company.passwordOf(code) },
    })),
    invoices: codes.flatMap((code) =>
      numbers(invoicesEach).map((number) => ({
        code: `${code}/2025-${number}`,
        number: `${code}/2025-${number}`,
        customerCode: code,
        ...period,
        issueDate: '2025-01-31',
        status: 'approved' as const,
        currency: 'EUR',
        total: `${number}.50`,
      })),
    ),
  };
}

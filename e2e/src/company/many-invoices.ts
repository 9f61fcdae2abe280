import type { BillingCompany, BillingData } from './billing-company.js';
import { keys } from './configuration.js';

export const clusterCode = 'ALL';
export const period = { periodFirstDay: '2025-01-01', periodLastDay: '2025-01-31' };

export interface Period {
  readonly periodFirstDay: string;
  readonly periodLastDay: string;
}

/** Customers of one cluster with so many approved invoices each; codes are the same in every company. */
export function manyInvoices(company: BillingCompany, customers: number, invoicesEach: number): BillingData {
  const codes = customerCodes(customers);
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
    invoices: invoicesOf(codes, customers * invoicesEach, '2025', period),
  };
}

export const customerCodes = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `C-${String(index + 1).padStart(4, '0')}`);

/** So many approved invoices of a period, dealt out to the customers in turn. @param series is part of their codes */
export const invoicesOf = (customers: readonly string[], count: number, series: string, within: Period) =>
  Array.from({ length: count }, (_, index) => {
    const customerCode = customers[index % customers.length]!;
    const number = Math.floor(index / customers.length) + 1;
    return {
      code: `${customerCode}/${series}-${number}`,
      number: `${customerCode}/${series}-${number}`,
      customerCode,
      ...within,
      issueDate: within.periodLastDay,
      status: 'approved' as const,
      currency: 'EUR',
      total: `${number}.50`,
    };
  });

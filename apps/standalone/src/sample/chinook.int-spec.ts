import { toInvoiceLine } from './billing-data.js';
import { readChinook } from './chinook.js';
import { localeOf } from './locales.js';

describe('the Chinook data', () => {
  it('is whole, and hangs together', async () => {
    const { clusters, customers, invoices } = await readChinook();
    expect([clusters.length, customers.length, invoices.length]).toEqual([30, 59, 412]);
    const seen = new Set<string | null>([null]);
    for (const { code, parent } of clusters) {
      expect(seen).toContain(parent);
      seen.add(code);
    }
    for (const { cluster, address } of customers) {
      expect(seen).toContain(cluster);
      expect(localeOf(address).locale).toMatch(/^[a-z]{2}-[A-Z]{2}$/);
    }
    const codes = new Set(customers.map(({ code }) => code));
    for (const invoice of invoices) {
      expect(codes).toContain(invoice.customer);
      const lines = toInvoiceLine(invoice).data?.lines as { amount: string }[];
      expect(lines.reduce((sum, { amount }) => sum + Number(amount), 0)).toBeCloseTo(invoice.total, 9);
    }
  });
});

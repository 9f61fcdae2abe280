import { invoiceLine } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import type { InvoiceChange } from '../../domain/billing/invoice.js';
import type { MergeInvoices } from '../merge-invoices/merge-invoices.js';
import { lineResult, type ImportLine, type LineImport, type LineResult } from './line-import.js';

export class InvoiceLines implements LineImport<InvoiceChange> {
  readonly schema = invoiceLine;

  constructor(private readonly mergeInvoices: MergeInvoices) {}

  prepare(
    tenantId: string,
    lines: readonly ImportLine<InvoiceChange>[],
  ): Promise<(tx: Transaction) => Promise<LineResult[]>> {
    const changes = lines.map(({ value }) => value);
    return Promise.resolve(async (tx) => {
      const merges = await this.mergeInvoices.merge(tx, tenantId, changes);
      return merges.map((merge, index) => lineResult(lines[index]!, merge));
    });
  }

  rest(): ImportLine<InvoiceChange>[] {
    return [];
  }
}

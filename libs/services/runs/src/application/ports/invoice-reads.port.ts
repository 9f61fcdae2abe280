import type { Invoice, InvoiceStatus } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';

export interface InvoiceFilter {
  readonly customerCode?: string | undefined;
  readonly status?: InvoiceStatus | undefined;
  /** Of the period's last day, both ends included, as in a run. */
  readonly periodFrom?: string | undefined;
  readonly periodTo?: string | undefined;
}

/** Invoices as they are answered. */
export abstract class InvoiceReads {
  abstract find(tx: Transaction, tenantId: string, code: string): Promise<Invoice | undefined>;

  /** Without data, by code, after the code `after`; one more than `limit` when there are more. */
  abstract list(
    tx: Transaction,
    tenantId: string,
    page: { readonly limit: number; readonly after: string | undefined; readonly filter: InvoiceFilter },
  ): Promise<Omit<Invoice, 'data'>[]>;
}

import type { Transaction } from '@mailrun/platform-persistence';
import type { Invoice, InvoiceStatus } from '../../domain/billing/invoice.js';

export interface StoredInvoice extends Invoice {
  readonly id: string;
}

export interface InvoiceWrite {
  readonly id: string;
  readonly customerId: string;
  readonly invoice: Invoice;
}

/** What reopening reads and writes. */
export interface InvoiceState {
  readonly id: string;
  readonly status: InvoiceStatus;
  readonly revision: number;
  readonly mailedBefore: boolean;
}

export abstract class InvoiceStore {
  abstract find(tx: Transaction, tenantId: string, codes: readonly string[]): Promise<StoredInvoice[]>;
  abstract insert(tx: Transaction, tenantId: string, invoices: readonly InvoiceWrite[]): Promise<void>;
  abstract update(tx: Transaction, tenantId: string, invoices: readonly InvoiceWrite[]): Promise<void>;

  /** State and revision, locked against change until the transaction ends. */
  abstract lock(tx: Transaction, tenantId: string, code: string): Promise<InvoiceState | undefined>;
  abstract writeState(tx: Transaction, tenantId: string, state: InvoiceState): Promise<void>;
}

import type { InvoiceSnapshot } from '@mailrun/contracts';

/** An invoice as `invoiceSnapshot` selects it. */
export type InvoiceJson = Omit<InvoiceSnapshot, 'number' | 'issueDate'> & {
  readonly number: string | null;
  readonly issueDate: string | null;
};

/** The invoice as the contracts have it: what it has not is left out. */
export function invoiceFromJson({ number, issueDate, ...invoice }: InvoiceJson): InvoiceSnapshot {
  return { ...invoice, ...(number !== null && { number }), ...(issueDate !== null && { issueDate }) };
}

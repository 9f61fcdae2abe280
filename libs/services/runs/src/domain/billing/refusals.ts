import { Refusal, type FieldError } from '@mailrun/platform-errors';
import { invoiceFrozen } from './invoice.js';

export const clusterNotFound = (code: string) =>
  new Refusal('not-found', 'customer-cluster.not-found', `There is no customer cluster '${code}'.`);
export const clusterNotEmpty = (code: string) =>
  new Refusal(
    'conflict',
    'customer-cluster.not-empty',
    `Customers or clusters lie below '${code}'. Move or remove them first.`,
  );
export const customerNotFound = (code: string) =>
  new Refusal('not-found', 'customer.not-found', `There is no customer '${code}'.`);
export const customerHasInvoices = (code: string) =>
  new Refusal(
    'conflict',
    'customer.has-invoices',
    `Customer '${code}' has invoices or was mailed to, and stays. Suspend it to keep mail from it.`,
  );
export const invoiceNotFound = (code: string) =>
  new Refusal('not-found', 'invoice.not-found', `There is no invoice '${code}'.`);
export const reasonUnreadable = () =>
  new Refusal('rule', 'reason.bad-text', 'The reason has half of a surrogate pair in it.');
export const documentNotFound = (code: string, transformationKey: string) =>
  new Refusal(
    'not-found',
    'document.not-found',
    `Invoice '${code}' has no document '${transformationKey}' in its current revision.`,
  );
export const importNotFound = () =>
  new Refusal('not-found', 'import.not-found', 'There is no import with this id.');
export const transformationUnknown = (key: string) =>
  new Refusal(
    'rule',
    'invoice-transformation.unknown',
    `There is no invoice transformation '${key}'. Make it first, or mend the key in the path.`,
  );

export const unknownCluster = (pointer: string, code: string): FieldError => ({
  pointer,
  code: 'customer-cluster.unknown',
  detail: `There is no customer cluster '${code}'. Make it first.`,
});
export const clusterCycle = (code: string, parentCode: string): FieldError => ({
  pointer: '/parentCode',
  code: 'customer-cluster.cycle',
  detail: `'${parentCode}' is '${code}' itself or lies below it: a cluster can't be moved into its own branch.`,
});
export const unknownCustomer = (code: string): FieldError => ({
  pointer: '/customerCode',
  code: 'customer.unknown',
  detail: `There is no customer '${code}'. Make it first.`,
});

/** The refusal of a change for its faults; the first is told in the sentence too. */
export function refusalOf(faults: readonly FieldError[]): Refusal {
  const first = faults[0];
  return new Refusal(
    first?.code === invoiceFrozen ? 'conflict' : 'rule',
    first?.code ?? 'refused',
    first?.detail ?? 'Refused.',
    { errors: faults },
  );
}

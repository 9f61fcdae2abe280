import { Refusal, type FieldError } from '@mailrun/platform-errors';
import { contentFaults, isSameJson } from './json-content.js';
import { mergedInto, refused, required, type Merge } from './merge.js';

export type InvoiceStatus = 'pending' | 'open' | 'approving' | 'approved' | 'closed' | 'error';

export interface Invoice {
  readonly code: string;
  readonly customerCode: string;
  readonly number: string | null;
  /** `YYYY-MM-DD`, as all days here. */
  readonly periodFirstDay: string;
  readonly periodLastDay: string;
  readonly issueDate: string | null;
  readonly status: InvoiceStatus;
  readonly currency: string;
  /** A decimal with as many digits after the point as it came with. */
  readonly total: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly mailedBefore: boolean;
}

/** A missing field stays; given data replaces; null removes. */
export interface InvoiceChange {
  readonly code: string;
  readonly customerCode?: string | undefined;
  readonly number?: string | null | undefined;
  readonly periodFirstDay?: string | undefined;
  readonly periodLastDay?: string | undefined;
  readonly issueDate?: string | null | undefined;
  readonly status?: InvoiceStatus | undefined;
  readonly currency?: string | undefined;
  readonly total?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly mailedBefore?: boolean | undefined;
}

/** What makes an invoice the one that was approved. `mailedBefore` is about its mailing and may change. */
const frozenFields = [
  'customerCode',
  'number',
  'periodFirstDay',
  'periodLastDay',
  'issueDate',
  'currency',
  'total',
  'data',
] as const;

const isFrozen = (status: InvoiceStatus) => status === 'approved' || status === 'closed';

/** The invoice after a change; whether its customer is known is asked elsewhere. */
export function mergeInvoice(stored: Invoice | undefined, change: InvoiceChange): Merge<Invoice> {
  const faults: FieldError[] = contentFaults(change);
  const given = <Field extends 'customerCode' | 'periodFirstDay' | 'periodLastDay' | 'currency'>(
    field: Field,
  ): string => {
    const value = change[field] ?? stored?.[field];
    if (value === undefined) faults.push(required(field));
    return value ?? '';
  };
  const status = change.status ?? stored?.status;
  if (status === undefined) faults.push(required('status'));
  const total = change.total === undefined ? stored?.total : canonicalDecimal(change.total);
  if (total === undefined) faults.push(required('total'));
  const value: Invoice = {
    code: change.code,
    customerCode: given('customerCode'),
    number: change.number === undefined ? (stored?.number ?? null) : change.number,
    periodFirstDay: given('periodFirstDay'),
    periodLastDay: given('periodLastDay'),
    issueDate: change.issueDate === undefined ? (stored?.issueDate ?? null) : change.issueDate,
    status: status ?? 'open',
    currency: given('currency'),
    total: total ?? '0',
    data: change.data ?? stored?.data ?? {},
    mailedBefore: change.mailedBefore ?? stored?.mailedBefore ?? false,
  };
  if (faults.length === 0) faults.push(...valueFaults(value));
  if (faults.length === 0 && stored !== undefined) faults.push(...frozenFaults(stored, value));
  return faults.length > 0 ? refused(...faults) : mergedInto(stored, value, isSameJson);
}

function valueFaults(invoice: Invoice): FieldError[] {
  const faults: FieldError[] = [];
  for (const field of ['periodFirstDay', 'periodLastDay', 'issueDate'] as const) {
    if (invoice[field] !== null && invoice[field] < '1900-01-01') {
      faults.push({
        pointer: `/${field}`,
        code: 'date.too-early',
        detail: 'Give a day from 1900-01-01 on.',
      });
    }
  }
  if (invoice.periodFirstDay > invoice.periodLastDay) {
    faults.push({
      pointer: '/periodLastDay',
      code: 'invoice.period-reversed',
      detail: `The period ends (${invoice.periodLastDay}) before it begins (${invoice.periodFirstDay}).`,
    });
  }
  if (invoice.status === 'approved' && invoice.number === null) {
    faults.push({
      pointer: '/number',
      code: 'invoice.number-required',
      detail: 'An approved invoice needs its number.',
    });
  }
  return faults;
}

/** Code of everything that is refused because the invoice was approved. */
export const invoiceFrozen = 'invoice.frozen';

function frozenFaults(stored: Invoice, value: Invoice): FieldError[] {
  if (!isFrozen(stored.status)) return [];
  const detail = `The invoice is ${stored.status} and does not change. Reopen it with a reason first: POST /v1/invoices/{code}/reopen.`;
  const faults: FieldError[] = frozenFields
    .filter((field) => !isSameJson(stored[field], value[field]))
    .map((field) => ({ pointer: `/${field}`, code: invoiceFrozen, detail }));
  // Closing says that the billing system is done with it, and can be taken back: neither changes what was approved.
  if (!isFrozen(value.status)) faults.push({ pointer: '/status', code: invoiceFrozen, detail });
  return faults;
}

/** The same number in one spelling: no leading zeros, no negative zero; digits after the point stay. */
export function canonicalDecimal(text: string): string {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)0*(\d+)(\.\d+)?$/.exec(text) ?? [];
  return `${/[1-9]/.test(whole + fraction) ? sign : ''}${whole}${fraction}`;
}

/**
 * The next revision of an approved (or closed) invoice, open for changes. It was mailed by nobody yet.
 * @throws Refusal `invoice.not-approved`
 */
export function reopened<Stored extends Pick<Invoice, 'status' | 'mailedBefore'> & { revision: number }>(
  stored: Stored,
): Stored {
  if (!isFrozen(stored.status)) {
    throw new Refusal(
      'conflict',
      'invoice.not-approved',
      `The invoice is ${stored.status}: only an approved or closed one is reopened. Change it as it is.`,
    );
  }
  return { ...stored, status: 'open', mailedBefore: false, revision: stored.revision + 1 };
}

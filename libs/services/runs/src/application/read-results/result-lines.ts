import type { MessageResult } from '@mailrun/contracts';

const columns: readonly [string, (result: MessageResult) => string | number | null | undefined][] = [
  ['invoice', (result) => result.invoiceCode],
  ['number', (result) => result.invoiceNumber],
  ['revision', (result) => result.revision],
  ['customer', (result) => result.customerCode],
  ['customerName', (result) => result.customerName],
  ['status', (result) => result.status],
  ['reason', (result) => result.reason],
  ['statusText', (result) => result.statusText],
  ['nextStep', (result) => result.nextStep],
  ['messageIds', (result) => result.messageIds.join(' ')],
  ['updatedAt', (result) => result.updatedAt],
];

/** First line of the CSV (RFC 4180). */
export const csvHeader = `${columns.map(([name]) => name).join(',')}\r\n`;

/** One result as a line of CSV. A cell that a spreadsheet would take for a formula gets an apostrophe in front. */
export function csvLine(result: MessageResult): string {
  return `${columns.map(([, read]) => csvCell(read(result))).join(',')}\r\n`;
}

function csvCell(value: string | number | null | undefined): string {
  const text = value == null ? '' : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const ndjsonLine = (result: MessageResult): string => `${JSON.stringify(result)}\n`;

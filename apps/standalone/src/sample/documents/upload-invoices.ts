import { createHash } from 'node:crypto';
import type { BackOffice } from '../back-office.js';
import type { Chinook, ChinookCustomer } from '../chinook.js';
import { pdfKey } from '../configuration/keys.js';
import { makeInvoicePdf } from './invoice-pdf.js';

/** Uploads under way at the same time. */
const concurrency = 8;

/** Makes the PDF of every invoice and uploads it; `onProgress` hears how many are there. */
export async function uploadInvoices(
  office: BackOffice,
  { customers, invoices }: Chinook,
  logo: Buffer,
  onProgress: (done: number) => void,
): Promise<void> {
  const byCode = new Map(customers.map((customer) => [customer.code, customer]));
  const waiting = invoices.values();
  let done = 0;
  const work = async () => {
    for (const invoice of waiting) {
      const pdf = await makeInvoicePdf(invoice, byCode.get(invoice.customer) as ChinookCustomer, logo);
      await uploadPdf(office, invoice.number, pdf);
      onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

async function uploadPdf(office: BackOffice, invoiceCode: string, content: Buffer): Promise<void> {
  const query = new URLSearchParams({
    fileName: `Invoice-${invoiceCode}.pdf`,
    sha256: createHash('sha256').update(content).digest('hex'),
  });
  const path = `/v1/invoices/${encodeURIComponent(invoiceCode)}/documents/${pdfKey}?${query}`;
  await office.call({ method: 'PUT', path, bytes: { content, type: 'application/pdf' } });
}

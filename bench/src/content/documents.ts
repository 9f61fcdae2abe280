import { randomBytes } from 'node:crypto';

/**
 * Like an invoice in PDF: half of it compressed already, half of it text. Different each time, so that nothing can be
 * kept from one mail to the next.
 */
export function invoiceDocument(sizeBytes: number): Buffer {
  const half = Math.floor(sizeBytes / 2);
  const line = `BT /F1 10 Tf 72 720 Td (Invoice line ${randomBytes(8).toString('hex')}) Tj ET\n`;
  return Buffer.concat([
    Buffer.from('%PDF-1.7\n%\u00e2\u00e3\n'),
    randomBytes(half),
    Buffer.alloc(Math.max(0, sizeBytes - half - 15), line),
  ]);
}

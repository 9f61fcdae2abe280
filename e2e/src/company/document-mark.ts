/** To whom a document belongs, as a text that stands in its content. */
export interface DocumentMark {
  readonly company: string;
  readonly invoice: string;
  readonly customer: string;
}

export const markOf = ({ company, invoice, customer }: DocumentMark) =>
  `[[${company}|${invoice}|${customer}]]`;

/** The same as a template writes it. */
export const markTemplate = (company: string) => `[[${company}|@(invoice.code)|@(customer.code)]]`;

/** Every mark in a document or a body. */
export function marksIn(content: Buffer | string): DocumentMark[] {
  const text = typeof content === 'string' ? content : content.toString('latin1');
  return [...text.matchAll(/\[\[([^|\]]*)\|([^|\]]*)\|([^\]]*)\]\]/g)].map(
    ([, company = '', invoice = '', customer = '']) => ({ company, invoice, customer }),
  );
}

import type { CustomerSnapshot, InvoiceSnapshot } from '@mailrun/contracts';
import type { RenderJob, TemplateProgram } from '../domain/template-program.js';

/** An HTML body as billing companies write it: a table of the invoice's lines. */
export const invoiceTemplate = `<html><body>
<p>Dear @model.customer.name,</p>
<p>please find your invoice @model.invoice.number of @model.invoice.issueDate.</p>
<table>
<tr><th>Description</th><th>Quantity</th><th>Price</th><th>Amount</th></tr>
@model.invoice.data.lines.forEach(function (line) {
  <tr><td>@line.description</td><td>@line.quantity</td><td>@line.unitPrice</td><td>@line.amount</td></tr>
})
</table>
<p>Total: <b>@model.invoice.total @model.invoice.currency</b></p>
@if (model.invoice.data.note) {
  <p>@model.invoice.data.note</p>
}
<p>Kind regards</p>
</body></html>
`;

export const subjectTemplate = 'Your invoice @model.invoice.number';

export const textTemplate = `Dear @model.customer.name,

please find your invoice @model.invoice.number of @model.invoice.issueDate attached.
Total: @model.invoice.total @model.invoice.currency

Kind regards
`;

/** What the templates above are rendered from, as `model`. */
export function invoiceModel(number: number): { customer: CustomerSnapshot; invoice: InvoiceSnapshot } {
  return {
    customer: {
      id: '019351a0-0000-7000-8000-000000000300',
      code: `C${number}`,
      name: 'Smith & Sons "Limited"',
      clusterCode: 'ENGLAND',
      locale: 'en-GB',
      metadata: { segment: 'business' },
    },
    invoice: {
      id: '019351a0-0000-7000-8000-000000000400',
      code: `2025/${number}`,
      number: `INV-${number}`,
      revision: 1,
      periodFirstDay: '2025-05-01',
      periodLastDay: '2025-05-31',
      issueDate: '2025-06-01',
      currency: 'EUR',
      total: '413.70',
      data: {
        note: 'Payable within 14 days',
        lines: Array.from({ length: 30 }, (_, index) => ({
          description: `Balls to the Wall, track ${index}`,
          quantity: index + 1,
          unitPrice: '0.99',
          amount: (0.99 * (index + 1)).toFixed(2),
        })),
      },
    },
  };
}

/** `count` mails; with `whole`, subject and text body are rendered along with the HTML body. */
export function invoiceJobs(count: number, { whole }: { readonly whole: boolean }): RenderJob[] {
  const program: TemplateProgram = {
    key: `benchmark ${whole}`,
    parts: [
      { label: 'HTML body', output: 'html', source: invoiceTemplate },
      ...(whole
        ? [
            { label: 'Subject', output: 'line' as const, source: subjectTemplate },
            { label: 'Text body', output: 'text' as const, source: textTemplate },
          ]
        : []),
    ],
  };
  const shared = {};
  const renderings = program.parts.map((_, part) => ({ part, invoice: 0 }));
  return Array.from({ length: count }, (_, number) => {
    const { customer, invoice } = invoiceModel(number);
    return { program, shared, customer, invoices: [invoice], nowMs: 0, seed: number, renderings };
  });
}

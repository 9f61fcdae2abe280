import { customerSnapshotSchema, invoiceSnapshotSchema } from '@mailrun/contracts';
import { defaultSandboxSettings, VashSandbox, type TemplatePart } from '@mailrun/service-renderer';
import { toCustomerLine, toInvoiceLine } from '../billing-data.js';
import { readChinook } from '../chinook.js';
import { logoKey } from './keys.js';
import { invoiceCsv, invoiceMail, paymentReminder } from './templates.js';

const id = '019351a0-0000-7000-8000-000000000300';

const partsOf = (template: typeof invoiceMail): TemplatePart[] => [
  { label: 'subject', output: 'line', source: template.subject },
  { label: 'html', output: 'html', source: template.html },
  { label: 'text', output: 'text', source: template.text },
];

describe('the templates of the sample', () => {
  const sandbox = new VashSandbox({ ...defaultSandboxSettings, processes: 1 });
  afterAll(() => sandbox.close());

  /** Renders for the invoice of an Austrian customer. */
  async function render(parts: TemplatePart[]): Promise<readonly string[]> {
    const { customers, invoices } = await readChinook();
    const customer = customers.find(({ code }) => code === 'C0007');
    const invoice = invoices.find((candidate) => candidate.customer === 'C0007');
    if (!customer || !invoice) throw new Error('The sample lacks its customer C0007.');
    const {
      suspended: _suspended,
      emails: _emails,
      passwords: _passwords,
      ...about
    } = toCustomerLine(customer);
    const { customerCode: _customerCode, status: _status, ...content } = toInvoiceLine(invoice);
    const [outcome] = await sandbox.render([
      {
        program: { key: JSON.stringify(parts), parts },
        shared: { imageKeys: [logoKey] },
        customer: customerSnapshotSchema.parse({ id, ...about }),
        invoices: [invoiceSnapshotSchema.parse({ id, revision: 1, ...content })],
        nowMs: 0,
        seed: 1,
        renderings: parts.map((_, part) => ({ part, invoice: 0 })),
      },
    ]);
    if (outcome?.kind !== 'rendered') throw new Error(JSON.stringify(outcome));
    return outcome.results;
  }

  it('compile, all of them', async () => {
    const csv: TemplatePart = { label: 'csv', output: 'csv', source: invoiceCsv };
    expect(await sandbox.check([...partsOf(invoiceMail), ...partsOf(paymentReminder), csv])).toEqual([]);
  });

  it('make the mail of an invoice, with the logo inside and amounts as the customer writes them', async () => {
    const [subject, html, text] = await render(partsOf(invoiceMail));
    expect(subject).toMatch(/^Invoice INV-\d{5} of \d\d\.\d\d\.\d\d$/);
    expect(html).toContain('<img src="cid:logo"');
    expect(html).toMatch(/<td align="right">\$\s0,99<\/td>/);
    expect(html).toContain('billing@chinook.example');
    expect(text).toMatch(/^Dear Astrid Gruber,\n/);
    expect(text).toMatch(/\n1 x .+: \$\s0,99\n/);
  });

  it('make the reminder', async () => {
    const [subject, , text] = await render(partsOf(paymentReminder));
    expect(subject).toMatch(/^Reminder: invoice INV-\d{5} is still open$/);
    expect(text).toContain('Customer C0007');
  });

  it('make a CSV with a row for each line', async () => {
    const [csv] = await render([{ label: 'csv', output: 'csv', source: invoiceCsv }]);
    const rows = csv?.trimEnd().split('\n') ?? [];
    expect(rows[0]).toBe('Invoice,Date,Title,Artist,Album,Quantity,Price,Amount,Currency');
    expect(rows.length).toBeGreaterThan(1);
    for (const row of rows.slice(1)) expect(row).toMatch(/^INV-\d{5},\d{4}-\d\d-\d\d,.+,1,0\.99,0\.99,USD$/);
  });
});

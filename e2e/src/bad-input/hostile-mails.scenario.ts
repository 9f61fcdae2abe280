import { simpleParser } from 'mailparser';
import type { BillingCompany, BillingData } from '../company/billing-company.js';
import { keys, publishDefinition, publishTemplate } from '../company/configuration.js';
import { markTemplate } from '../company/document-mark.js';
import { Mailing, countOf } from '../company/mailing.js';
import { manyInvoices } from '../company/many-invoices.js';
import { withStage, type SystemUnderTest } from '../scenarios/scenario.js';

/** A definition whose template does this with invoices that carry a `bomb`. */
async function publishBomb(company: BillingCompany, key: string, code: string): Promise<void> {
  const mark = markTemplate(company.name);
  await publishTemplate(company, key, {
    name: key,
    subject: `Invoice ${mark}`,
    text: `@{ if (invoice.data.bomb) { ${code} } }\nInvoice ${mark}\n`,
  });
  const { from: fromKey, recipient: recipientKey } = keys;
  await publishDefinition(company, key, { name: key, fromKey, recipientKey, templateKey: key });
}

const customers = 20;

/** The one invoice in the middle is a bomb. */
function withBomb(data: BillingData): BillingData {
  const invoices = data.invoices.map((invoice, index) =>
    index === customers / 2 ? { ...invoice, data: { bomb: true } } : invoice,
  );
  return { ...data, invoices };
}

/** Content that tries to do harm while it is rendered and mailed. */
export function hostileMails(system: SystemUnderTest): void {
  describe('a run', () => {
    const stage = withStage(system);

    it.each([
      ['loops for ever', 'while (true) {}'],
      ['eats memory', 'var eaten = []; while (true) { eaten.push(new Array(1000).fill(1.1)); }'],
    ])('whose template %s for one invoice mails all others', async (what, code) => {
      const company = await stage().company({ name: `Bomb that ${what}` });
      await company.load(withBomb(manyInvoices(company, customers, 1)));
      await publishBomb(company, 'bomb', code);
      const mailing = await Mailing.prepared(company, 'bomb');
      await mailing.start();
      const { messages } = await mailing.completed();
      expect(countOf(messages, 'sent')).toBe(customers - 1);
      expect(countOf(messages, 'failed')).toBe(1);
      const { companies } = await stage().checkInvariants();
      const failed = companies[0]!.runs[0]!.results.find(({ status }) => status === 'failed');
      expect(failed?.reason).toMatch(/^template\./);

      // The service lives on: what else is to be mailed is mailed.
      const next = await Mailing.prepared(company, keys.plain);
      await next.start();
      expect(countOf((await next.completed()).messages, 'sent')).toBe(customers);
    });

    it('whose names and texts look like headers mails them as text, to the customer only', async () => {
      const company = await stage().company({ name: 'Injected' });
      const data = manyInvoices(company, 1, 1);
      const name = '"Evil" <evil@z.example>, other@z.example; x';
      const address = 'customer@y.example';
      await company.load({
        clusters: data.clusters,
        customers: data.customers.map((customer) => ({
          ...customer,
          name,
          emails: { [keys.recipient]: [{ address, name }] },
        })),
        invoices: data.invoices.map((invoice) => ({
          ...invoice,
          data: { note: 'first\r\nBcc: evil@z.example\r\n\r\nsecond' },
        })),
      });
      const mark = markTemplate(company.name);
      await publishTemplate(company, 'note', {
        name: 'Note',
        subject: `@(invoice.data.note) ${mark}`,
        text: `@invoice.data.note ${mark}`,
      });
      const { from: fromKey, recipient: recipientKey } = keys;
      const definition = { name: 'Note', fromKey, recipientKey, templateKey: 'note' };
      await publishDefinition(company, 'note', definition);
      const mailing = await Mailing.prepared(company, 'note');
      await mailing.start();
      await mailing.completed();
      await stage().checkInvariants();

      const [mail] = stage().ledger.accepted;
      expect(mail?.recipients).toEqual([address]);
      const parsed = await simpleParser(mail!.content!);
      expect(parsed.bcc).toBeUndefined();
      expect(parsed.to).toMatchObject({ value: [{ address, name }] });
      expect(parsed.subject).toMatch(/^first\s*Bcc: evil@z\.example\s*second /);
    });
  });
}

import { messageTemplateRoutes } from '@mailrun/contracts';
import type { SmtpFaultPlan } from '@mailrun/testing';
import type { BillingCompany } from '../company/billing-company.js';
import { keys, publishDefinition, publishTemplate } from '../company/configuration.js';
import { markTemplate } from '../company/document-mark.js';
import { Mailing, countOf } from '../company/mailing.js';
import { manyInvoices } from '../company/many-invoices.js';
import { withStage, type SystemUnderTest } from './scenario.js';

const invoices = 40;
const first = 3;
const key = 'endless';

const template = ({ name }: BillingCompany, body: string) => ({
  name: 'Notice',
  subject: `Notice ${markTemplate(name)}`,
  text: `Dear @customer.name, ${body} ${markTemplate(name)}\n`,
});
/** Fine for these customers. */
const endlessBut = (customers: readonly string[]) =>
  `@{ for (; '${customers.join(' ')}'.indexOf(customer.code) < 0; ) { } }`;

export function quarantinedTemplate(system: SystemUnderTest): void {
  describe('a template that never ends for some customers', () => {
    let isBusy: boolean;
    const plan: SmtpFaultPlan = ({ stage }) =>
      isBusy && stage === 'rcpt' ? { kind: 'reply', code: 450, text: '4.2.0 Greylisted' } : undefined;
    beforeEach(() => (isBusy = true));
    const stage = withStage(system, plan);

    it('pauses its run, which says why; once it is corrected, another run sends the rest', async () => {
      const { ledger } = stage();
      const company = await stage().company({ name: 'Endless' });
      await company.load(manyInvoices(company, invoices, 1));
      // Nobody saw it in time, because it is fine for those who come first.
      const rehearsal = await (await Mailing.prepared(company, keys.plain)).messages();
      const early = rehearsal.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, first);
      const body = endlessBut(early.map(({ customerCode }) => customerCode));
      await publishTemplate(company, key, template(company, body));
      const { from: fromKey, recipient: recipientKey } = keys;
      await publishDefinition(company, key, { name: 'Notice', fromKey, recipientKey, templateKey: key });
      const run = await Mailing.prepared(company, key);
      await run.start(first);
      // Put off, so that the run does not end with what follows.
      expect(await run.paused()).toMatchObject({ why: 'first-messages-sent' });

      await run.resume();
      const paused = await run.until(
        ({ state, messages }) => state === 'paused' && countOf(messages, 'failed') === invoices - first,
      );
      expect(paused).toMatchObject({
        why: 'template-quarantined',
        statusText: expect.stringContaining('template'),
        nextStep: expect.stringContaining('Correct the template'),
      });
      expect(countOf(paused.messages, 'failed', 'template.quarantined')).toBeGreaterThan(0);
      expect(ledger.accepted).toHaveLength(0);
      await run.stop();
      await run.stopped();

      isBusy = false;
      await company.api.call(
        messageTemplateRoutes.put,
        { params: { key }, body: template(company, 'all is well.') },
        { ifMatch: '*' },
      );
      await company.api.call(messageTemplateRoutes.publish, { params: { key }, body: {} });
      const next = await Mailing.prepared(company, key);
      await next.start();
      const { messages } = await next.completed();
      expect(countOf(messages, 'sent')).toBe(invoices);
      await stage().checkInvariants();
    });
  });
}

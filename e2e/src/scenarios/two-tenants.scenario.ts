import { keys } from '../company/configuration.js';
import { Mailing, countOf } from '../company/mailing.js';
import { manyInvoices } from '../company/many-invoices.js';
import { withStage, type SystemUnderTest } from './scenario.js';

export function twoTenants(system: SystemUnderTest): void {
  describe('two tenants with the same codes at the same time', () => {
    const stage = withStage(system);

    it('see and mail their own only', async () => {
      const companies = await Promise.all(['Alpha', 'Beta'].map((name) => stage().company({ name })));
      const runs = await Promise.all(
        companies.map(async (company) => {
          const data = manyInvoices(company, 20, 2);
          await company.load(data);
          await company.uploadPdfs(data.invoices, keys.pdf);
          return Mailing.prepared(company, keys.encrypted);
        }),
      );
      await Promise.all(runs.map((run) => run.start()));
      for (const run of runs) {
        const { messages, invoices } = await run.completed();
        expect(countOf(messages, 'sent')).toBe(40);
        expect(invoices.reduce((sum, { count }) => sum + count, 0)).toBe(40);
      }
      const { mails } = await stage().checkInvariants();
      for (const { senderAddress } of companies) {
        expect(mails.filter(({ received }) => received.envelopeFrom === senderAddress)).toHaveLength(40);
      }
    });
  });
}

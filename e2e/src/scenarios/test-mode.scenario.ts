import { keys } from '../company/configuration.js';
import { Mailing, countOf } from '../company/mailing.js';
import { manyInvoices } from '../company/many-invoices.js';
import { withStage, type SystemUnderTest } from './scenario.js';

export function testMode(system: SystemUnderTest): void {
  describe('a tenant in test mode', () => {
    const stage = withStage(system);

    it('reaches its test address, and no customer', async () => {
      const company = await stage().company({ name: 'Rehearsal', mode: 'test' });
      const data = manyInvoices(company, 10, 2);
      await company.load(data);
      await company.uploadPdfs(data.invoices, keys.pdf);
      const run = await Mailing.prepared(company, keys.encrypted);
      await run.start();
      const { mode, messages } = await run.completed();
      expect(mode).toBe('test');
      expect(countOf(messages, 'sent')).toBe(20);
      const reached = new Set(stage().ledger.mails.flatMap(({ recipients }) => recipients));
      expect([...reached]).toEqual([company.testAddress]);
      await stage().checkInvariants();
    });
  });
}

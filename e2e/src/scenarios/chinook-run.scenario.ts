import { readChinook } from '../company/chinook.js';
import { keys } from '../company/configuration.js';
import { Mailing, countOf } from '../company/mailing.js';
import { withStage, type SystemUnderTest } from './scenario.js';

export function chinookRun(system: SystemUnderTest): void {
  describe('the Chinook run', () => {
    const stage = withStage(system);

    it('mails 392 of 412 invoices as encrypted archives, and says why not the other 20', async () => {
      const company = await stage().company({ name: 'Chinook' }, { maxConnections: 10 });
      const data = await readChinook(company);
      await company.load(data);
      await company.uploadPdfs(data.invoices, keys.pdf);
      const mailing = await Mailing.prepared(company, keys.encrypted, {
        selection: {
          clusterCode: 'ALL',
          includeDescendants: true,
          periodFirstDay: '2021-01-01',
          periodLastDay: '2025-12-31',
        },
      });
      const dryRun = await mailing.dryRun();
      expect(dryRun.invoices).toMatchObject({ lookedAt: 412, toSend: 392 });
      const skipped = dryRun.invoices.skipped.map(({ reason, count }) => [reason, count]);
      expect(Object.fromEntries(skipped)).toEqual({
        'no-recipient': 6,
        'no-password': 7,
        'customer-suspended': 7,
      });
      expect(stage().ledger.mails).toHaveLength(0);

      await mailing.start();
      const { invoices, messages } = await mailing.completed();
      expect(countOf(messages, 'sent')).toBe(392);
      expect(countOf(invoices, 'sent')).toBe(392);
      expect(countOf(invoices, 'skipped')).toBe(20);
      expect(stage().ledger.accepted).toHaveLength(392);
      await stage().checkInvariants();
    });
  });
}

import { keys } from '../company/configuration.js';
import { Mailing, countOf } from '../company/mailing.js';
import { manyInvoices } from '../company/many-invoices.js';
import { slowly, withStage, type SystemUnderTest } from './scenario.js';

const invoices = 120;
const pauseWithinMs = 2000;

export function pausedRun(system: SystemUnderTest): void {
  describe('a run that is paused', () => {
    const stage = withStage(system, slowly(40));

    it('sends its first messages, then nothing before it is resumed, and all when it was', async () => {
      const { ledger } = stage();
      const company = await stage().company({ name: 'Careful' }, { maxConnections: 2 });
      await company.load(manyInvoices(company, 40, invoices / 40));
      const run = await Mailing.prepared(company, keys.plain);

      await run.start(5);
      expect(await run.paused()).toMatchObject({ why: 'first-messages-sent' });
      expect(ledger.accepted).toHaveLength(5);

      await run.resume();
      await ledger.until(({ accepted }) => accepted.length >= 25, 30_000);
      const pausedAt = Date.now();
      await run.pause();
      const { waitsFor } = await run.read();
      expect(waitsFor).toMatchObject([{ for: 'resume', until: null, nextStep: 'Resume or stop it.' }]);
      await run.until(() => Date.now() > pausedAt + pauseWithinMs + 1000);
      const late = ledger.mails.filter(({ receivedAt }) => receivedAt.getTime() > pausedAt + pauseWithinMs);
      expect(late).toEqual([]);
      expect(ledger.accepted.length).toBeLessThan(invoices);

      await run.resume();
      const { messages } = await run.completed();
      expect(countOf(messages, 'sent')).toBe(invoices);
      expect(ledger.accepted).toHaveLength(invoices);
      await stage().checkInvariants();
    });
  });
}

import { keys } from '../company/configuration.js';
import { Mailing, countOf } from '../company/mailing.js';
import { manyInvoices } from '../company/many-invoices.js';
import { slowly, withStage, type SystemUnderTest } from './scenario.js';

const invoices = 600;
const stopWithinMs = 2000;

export function stoppedRun(system: SystemUnderTest): void {
  describe('a run that is stopped in the middle', () => {
    const stage = withStage(system, slowly(40));

    it('sends nothing more after two seconds, and the rest is stopped', async () => {
      const { ledger } = stage();
      const company = await stage().company({ name: 'Halted' }, { maxConnections: 2 });
      await company.load(manyInvoices(company, 150, invoices / 150));
      const run = await Mailing.prepared(company, keys.plain);
      await run.start();
      await ledger.until(({ accepted }) => accepted.length >= 20, 30_000);

      const stoppedAt = Date.now();
      await run.stop();
      const { messages, invoices: results } = await run.stopped();
      const sent = countOf(messages, 'sent');
      expect(sent).toBeGreaterThanOrEqual(20);
      expect(sent).toBeLessThan(invoices);
      expect(sent + countOf(messages, 'stopped')).toBe(invoices);
      expect(countOf(results, 'stopped')).toBe(countOf(messages, 'stopped'));
      await stage().checkInvariants();
      // What was read for the invariants took its time: mails that left meanwhile are there by now.
      const late = ledger.mails.filter(({ receivedAt }) => receivedAt.getTime() > stoppedAt + stopWithinMs);
      expect(late).toEqual([]);
      expect(ledger.accepted).toHaveLength(sent);
    });
  });
}

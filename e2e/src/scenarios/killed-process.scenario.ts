import { keys } from '../company/configuration.js';
import { Mailing, countOf } from '../company/mailing.js';
import { manyInvoices } from '../company/many-invoices.js';
import { slowly, withStage, type SystemUnderTest } from './scenario.js';

const invoices = 240;

/** Each process is killed in the middle of a run of its own, and started again. */
export function killedProcess(system: SystemUnderTest, processes: readonly string[]): void {
  describe('a process that is killed in the middle of a run and started again', () => {
    const stage = withStage(system, slowly(15));

    it.each(processes)('loses and repeats nothing: %s', async (name) => {
      const { ledger } = stage();
      const company = await stage().company({ name: `Without ${name}` }, { maxConnections: 4 });
      const data = manyInvoices(company, 60, invoices / 60);
      await company.load(data);
      await company.uploadPdfs(data.invoices, keys.pdf);
      const run = await Mailing.prepared(company, keys.encrypted);
      await run.start();
      await ledger.until(({ accepted }) => accepted.length >= 10, 30_000);

      await system().kill(name);
      expect(ledger.accepted.length).toBeLessThan(invoices);
      await system().restart(name);
      const { messages } = await run.completed();
      // A mail whose answer was lost is held for a decision: at most one for each open connection.
      const uncertain = countOf(messages, 'uncertain');
      expect(uncertain).toBeLessThanOrEqual(4);
      expect(countOf(messages, 'sent') + uncertain).toBe(invoices);
      await stage().checkInvariants();
    });
  });
}

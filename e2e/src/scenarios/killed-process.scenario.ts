import { keys } from '../company/configuration.js';
import { Mailing, countOf } from '../company/mailing.js';
import { manyInvoices } from '../company/many-invoices.js';
import { slowly, withStage, type SystemUnderTest } from './scenario.js';

const invoices = 120;
const connections = 4;

/** Each process is killed in the middle of a run of its own, and started again. */
export function killedProcess(system: SystemUnderTest, processes: readonly string[]): void {
  describe('a process that is killed in the middle of a run and started again', () => {
    const stage = withStage(system, slowly(40));

    it.each(processes)('loses and repeats nothing: %s', async (name) => {
      const { ledger } = stage();
      const company = await stage().company({ name: `Without ${name}` }, { maxConnections: connections });
      const data = manyInvoices(company, 30, invoices / 30);
      await company.load(data);
      await company.uploadPdfs(data.invoices, keys.pdf);
      const run = await Mailing.prepared(company, keys.encrypted);
      await run.start();
      // Early: the steps before the mail server have most of the run before them.
      await ledger.until(({ accepted }) => accepted.length >= connections, 30_000);

      await system().kill(name);
      expect(ledger.accepted.length).toBeLessThan(invoices);
      await system().restart(name);
      const { messages } = await run.completed();
      // A mail whose answer was lost is held for a decision: at most one for each open connection.
      const uncertain = countOf(messages, 'uncertain');
      expect(uncertain).toBeLessThanOrEqual(connections);
      expect(countOf(messages, 'sent') + uncertain).toBe(invoices);
      await stage().checkInvariants();
    });
  });
}

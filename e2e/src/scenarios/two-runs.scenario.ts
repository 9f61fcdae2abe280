import { keys } from '../company/configuration.js';
import { Mailing, countOf } from '../company/mailing.js';
import { manyInvoices } from '../company/many-invoices.js';
import { withStage, type SystemUnderTest } from './scenario.js';

export function twoRuns(system: SystemUnderTest): void {
  describe('two runs of one definition, prepared and started together', () => {
    const stage = withStage(system);

    it('mail each invoice once', async () => {
      const company = await stage().company({ name: 'Twice' });
      await company.load(manyInvoices(company, 30, 4));
      const runs = await Promise.all([1, 2].map(() => Mailing.prepared(company, keys.plain)));
      for (const run of runs) expect((await run.dryRun()).messages.toSend).toBe(120);

      await Promise.all(runs.map((run) => run.start()));
      const ended = await Promise.all(runs.map((run) => run.completed()));
      const sum = (count: (run: (typeof ended)[number]) => number) => count(ended[0]!) + count(ended[1]!);
      expect(sum(({ messages }) => countOf(messages, 'sent'))).toBe(120);
      expect(
        sum(
          ({ invoices }) =>
            countOf(invoices, 'skipped', 'in-another-run') + countOf(invoices, 'skipped', 'already-sent'),
        ),
      ).toBe(120);
      expect(stage().ledger.accepted).toHaveLength(120);
      await stage().checkInvariants();
    });
  });
}

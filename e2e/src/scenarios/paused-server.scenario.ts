import { messageServerRoutes, pauseMessageServer, resumeMessageServer } from '@mailrun/contracts';
import { keys } from '../company/configuration.js';
import { Mailing, countOf } from '../company/mailing.js';
import { manyInvoices } from '../company/many-invoices.js';
import { slowly, withStage, type SystemUnderTest } from './scenario.js';

const invoices = 120;
const pauseWithinMs = 2000;

export function pausedServer(system: SystemUnderTest): void {
  describe('a message server that is paused', () => {
    const stage = withStage(system, slowly(40));

    it('gets nothing before it is resumed, says so, and then gets all, each mail with its first try', async () => {
      const { ledger } = stage();
      const company = await stage().company({ name: 'Cautious' }, { maxConnections: 2 });
      await company.load(manyInvoices(company, 40, invoices / 40));
      const run = await Mailing.prepared(company, keys.plain);
      const params = { key: keys.server };

      await run.start();
      await ledger.until(({ accepted }) => accepted.length >= 10, 30_000);
      const pausedAt = Date.now();
      const { pausedSince } = await company.api.call(pauseMessageServer, { params, body: {} });
      expect(await company.api.call(pauseMessageServer, { params, body: {} })).toMatchObject({ pausedSince });
      expect(await company.api.call(messageServerRoutes.get, { params })).toMatchObject({
        state: { pausedSince, nextStep: 'Resume it when they may leave.' },
      });
      await run.until(
        ({ waitsFor }) =>
          Date.now() > pausedAt + pauseWithinMs + 1000 &&
          waitsFor.some((wait) => wait.for === 'server-resume' && wait.messages > 0),
      );
      const late = ledger.mails.filter(({ receivedAt }) => receivedAt.getTime() > pausedAt + pauseWithinMs);
      expect(late).toEqual([]);
      expect(ledger.accepted.length).toBeLessThan(invoices);

      await company.api.call(resumeMessageServer, { params, body: {} });
      const { messages } = await run.completed();
      expect(countOf(messages, 'sent')).toBe(invoices);
      expect(ledger.mails).toHaveLength(invoices);
      await stage().checkInvariants();
    });
  });
}

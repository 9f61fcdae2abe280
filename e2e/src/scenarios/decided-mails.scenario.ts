import { decideMessage } from '@mailrun/contracts';
import type { SmtpFaultPlan } from '@mailrun/testing';
import { keys } from '../company/configuration.js';
import { Mailing, countOf } from '../company/mailing.js';
import { manyInvoices } from '../company/many-invoices.js';
import { withStage, type SystemUnderTest } from './scenario.js';

const invoices = 30;

export function decidedMails(system: SystemUnderTest): void {
  describe('mails whose answer was lost', () => {
    /** So many mails are taken without an answer. */
    let drops: number;
    const dropping: SmtpFaultPlan = ({ stage }) => {
      if (stage !== 'final' || drops === 0) return undefined;
      drops -= 1;
      return { kind: 'close' };
    };
    beforeEach(() => (drops = 3));
    const stage = withStage(system, dropping);

    it('are held; one is treated as sent, the others are sent again with the same bytes', async () => {
      const { ledger } = stage();
      const company = await stage().company({ name: 'Doubtful' });
      await company.load(manyInvoices(company, invoices, 1));
      const run = await Mailing.prepared(company, keys.plain);
      await run.start();
      const completed = await run.completed();
      expect(completed).toMatchObject({
        statusText: 'Completed, 3 uncertain.',
        waitsFor: [{ for: 'decision', messages: 3 }],
      });
      expect(ledger.mails).toHaveLength(invoices);

      const [one] = (await run.messages()).filter(({ status }) => status === 'uncertain');
      await company.api.call(decideMessage, {
        params: { id: one!.id },
        body: { decision: 'treat-as-sent', note: 'The customer has it' },
      });
      await run.until((now) => countOf(now.messages, 'uncertain') === 2);
      await run.decide('send-again');
      const { messages, decisions } = await run.completed();
      expect(countOf(messages, 'sent')).toBe(invoices);
      expect(decisions).toMatchObject([
        { decision: 'send-again', decided: 2, refused: 0 },
        { decision: 'treat-as-sent', messageId: one!.id, decided: 1 },
      ]);
      expect(ledger.mails).toHaveLength(invoices + 2);
      await stage().checkInvariants();
    });
  });
}

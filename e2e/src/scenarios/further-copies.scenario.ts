import { getMessage, resendMessage } from '@mailrun/contracts';
import type { SmtpFaultPlan } from '@mailrun/testing';
import { keys } from '../company/configuration.js';
import { Mailing, countOf } from '../company/mailing.js';
import { manyInvoices } from '../company/many-invoices.js';
import { until } from '../system/until.js';
import { slowly, withStage, type SystemUnderTest } from './scenario.js';

const invoices = 60;
const refusedAddress = /^c-000[123]@/;

export function furtherCopies(system: SystemUnderTest): void {
  describe('a run that is sent on', () => {
    describe('after a stop', () => {
      const stage = withStage(system, slowly(40));

      it('sends the rest as new copies, and nothing twice', async () => {
        const { ledger } = stage();
        const company = await stage().company({ name: 'Restless' }, { maxConnections: 2 });
        await company.load(manyInvoices(company, 20, invoices / 20));
        const run = await Mailing.prepared(company, keys.plain);
        await run.start();
        await ledger.until(({ accepted }) => accepted.length >= 5, 30_000);
        await run.stop();
        const { messages } = await run.stopped();
        const begun = await until('the stop to end', () => run.sendRest());
        expect(begun).toMatchObject({
          round: 2,
          messages: countOf(messages, 'stopped'),
          run: { state: 'running' },
        });
        const { messages: after, rounds } = await run.completed();
        expect(countOf(after, 'sent')).toBe(invoices);
        expect(rounds).toMatchObject([{ state: 'stopped' }, { kind: 'send-rest', messages: begun.messages }]);
        expect(ledger.accepted).toHaveLength(invoices);
        await stage().checkInvariants();
      });
    });

    describe('after refusals', () => {
      let isRefusing: boolean;
      const refusing: SmtpFaultPlan = ({ stage, recipients }) =>
        isRefusing && stage === 'rcpt' && recipients.some((address) => refusedAddress.test(address))
          ? { kind: 'reply', code: 550, text: '5.1.1 No such user here' }
          : undefined;
      beforeEach(() => (isRefusing = true));
      const stage = withStage(system, refusing);

      it('retries what failed, and resends one message that was sent', async () => {
        const { ledger } = stage();
        const company = await stage().company({ name: 'Persistent' });
        await company.load(manyInvoices(company, 20, invoices / 20));
        const run = await Mailing.prepared(company, keys.plain);
        await run.start();
        expect(countOf((await run.completed()).messages, 'failed')).toBe(9);
        expect(ledger.accepted).toHaveLength(invoices - 9);

        isRefusing = false;
        expect(await run.retryFailed()).toMatchObject({ round: 2, messages: 9 });
        expect(countOf((await run.completed()).messages, 'sent')).toBe(invoices);
        expect(ledger.accepted).toHaveLength(invoices);

        const [one] = await run.messages();
        const params = { id: one!.id };
        await company.api.call(resendMessage, { params, body: { note: 'The customer lost it' } });
        await run.completed();
        expect(ledger.accepted).toHaveLength(invoices + 1);
        const { status, copies } = await company.api.call(getMessage, { params });
        expect(status).toBe('sent');
        const ids = copies.map(({ messageIdHeader }) => messageIdHeader);
        expect(new Set(ids).size).toBe(copies.length);
        expect(copies.at(-1)).toMatchObject({ round: 3, state: 'sent' });
        await stage().checkInvariants();
      });
    });
  });
}

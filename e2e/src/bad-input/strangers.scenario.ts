import {
  createApiKey,
  getCustomer,
  getDryRun,
  getInvoice,
  getMessage,
  getMessageRun,
  getMessageSource,
  listCustomers,
  listMessageResults,
  listMessageRuns,
  listMessages,
  prepareMessageRun,
  putCustomer,
  revokeApiKey,
  startMessageRun,
  stopMessageRun,
  type Message,
  type Route,
} from '@mailrun/contracts';
import { keys } from '../company/configuration.js';
import { Mailing } from '../company/mailing.js';
import { clusterCode, manyInvoices } from '../company/many-invoices.js';
import { withStage, type SystemUnderTest } from '../scenarios/scenario.js';
import { refusalOf, type WrongCall } from './refusal.js';

/** Keys that are wrong, may too little, or belong to somebody else. */
export function strangers(system: SystemUnderTest): void {
  describe('a caller', () => {
    const stage = withStage(system);

    it('with a wrong, a revoked or no API key learns nothing', async () => {
      const company = await stage().company({ name: 'Locked' });
      const { id, secret } = await company.api.call(createApiKey, {
        body: { name: 'short-lived', scopes: ['billing:read'] },
      });
      await company.withKey(secret).call(listCustomers, {});
      await company.api.call(revokeApiKey, { params: { id } });
      const { apiKey } = company.api;
      const wrong = [secret, `${apiKey.slice(0, -4)}aaaa`, 'mr_unknown_secret', 'Bearer', ''];
      for (const key of wrong) {
        const refusal = await refusalOf(company.withKey(key), listCustomers, {});
        expect([key, refusal.status]).toEqual([key, 401]);
      }
    });

    it('without the scope of an act is refused, and nothing happens', async () => {
      const company = await stage().company({ name: 'Narrow' });
      await company.load(manyInvoices(company, 2, 1));
      const mailing = await Mailing.prepared(company, keys.plain);
      const { preparationId } = await mailing.dryRun();
      const { secret } = await company.api.call(createApiKey, {
        body: { name: 'reads only', scopes: ['billing:read', 'runs:read', 'runs:write'] },
      });
      const api = company.withKey(secret);
      const put = { params: { code: 'New' }, body: { name: 'New', clusterCode } };
      const start = { params: { id: mailing.id }, body: { preparationId, expectedMessages: 2 } };
      for (const [route, input, scope] of [
        [putCustomer, put, 'billing:write'],
        [startMessageRun, start, 'runs:send'],
      ] as const) {
        const refusal = await refusalOf(api, route, input);
        expect([refusal.status, refusal.code]).toEqual([403, 'api-key.scope-missing']);
        expect(refusal.problem.detail).toContain(scope);
      }
      expect((await mailing.read()).state).toBe('prepared');
      expect(stage().ledger.mails).toEqual([]);
    });

    it('of another tenant finds none of its things', async () => {
      const owner = await stage().company({ name: 'Owner' });
      const stranger = await stage().company({ name: 'Stranger' });
      await owner.load(manyInvoices(owner, 2, 1));
      const mailing = await Mailing.prepared(owner, keys.plain);
      await mailing.start();
      await mailing.completed();
      const [message] = await owner.api.all<Message>(listMessages);
      const { preparationId } = await mailing.dryRun();
      const run = { params: { id: mailing.id } };
      const one = { params: { id: message!.id } };
      const calls: readonly (readonly [Route, WrongCall])[] = [
        [getMessageRun, run],
        [getDryRun, run],
        [listMessageResults, run],
        [prepareMessageRun, { ...run, body: {} }],
        [startMessageRun, { ...run, body: { preparationId, expectedMessages: 2 } }],
        [stopMessageRun, { ...run, body: {} }],
        [getMessage, one],
        [getMessageSource, one],
        [getCustomer, { params: { code: 'C-0001' } }],
        [getInvoice, { params: { code: 'C-0001/2025-1' } }],
      ];
      for (const [route, input] of calls) {
        const { status } = await refusalOf(stranger.api, route, input);
        expect([route.id, status]).toEqual([route.id, 404]);
      }
      expect(await stranger.api.all(listMessageRuns)).toEqual([]);
      expect(await stranger.api.all(listMessages)).toEqual([]);
      await stage().checkInvariants();
    });
  });
}

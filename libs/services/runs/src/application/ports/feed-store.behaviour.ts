import type { EngineStores, RunRef } from './engine-stores.js';
import type { FedMessages, Feeding, InvoiceClaim } from './feed-store.port.js';
import { Latch } from '../../testing/latch.js';

/** What whoever keeps pending messages and the claims on invoices promises. */
export function feedStoreBehaviour(name: string, open: () => Promise<EngineStores>): void {
  describe(`the feed store: ${name}`, () => {
    let stores: EngineStores;
    beforeEach(async () => {
      stores = await open();
    });

    const nothing: FedMessages = { queued: [], skipped: [], withdrawn: [], dropped: [], position: null };
    const claimsOf = async (feeding: Feeding, limit = 100): Promise<InvoiceClaim[]> =>
      (await feeding.candidates(limit)).flatMap(({ messageId, copy, invoices }) =>
        invoices.map(({ invoiceId, revision }) => ({ invoiceId, revision, messageId, copy })),
      );
    /** Feeds as many messages as they come. */
    const feed = (run: RunRef, limit: number) =>
      stores.feeds.withRun(run, async (feeding) => {
        const candidates = await feeding.candidates(limit);
        const queued = candidates.map(({ messageId, invoices }) => ({
          messageId,
          invoices: invoices.length,
        }));
        await feeding.claim(await claimsOf(feeding, limit));
        await feeding.write({ ...nothing, queued, position: candidates.at(-1)?.messageId ?? null });
        return feeding.records(queued.map(({ messageId }) => messageId));
      });
    const states = async (run: RunRef) => (await stores.messages(run)).map(({ state }) => state);

    it('names running runs, and how much of them is pending and under way', async () => {
      const run = await stores.startedRun(3);
      await feed(run, 2);
      const mine = (await stores.feeds.feedableRuns()).filter(({ runId }) => runId === run.runId);
      expect(mine).toMatchObject([{ ...run, pending: 1, queued: 2, accepted: 0, messagesPerMinute: null }]);
    });

    it('gives pending messages in their order, and after those that were decided', async () => {
      const run = await stores.startedRun(3);
      const ids = (await stores.messages(run)).map(({ id }) => id);
      expect((await feed(run, 2))?.map(({ messageId }) => messageId)).toEqual(ids.slice(0, 2));
      expect(await states(run)).toEqual(['queued', 'queued', 'pending']);
      expect((await feed(run, 2))?.map(({ messageId }) => messageId)).toEqual(ids.slice(2));
      expect(await feed(run, 2)).toEqual([]);
      await stores.assertCounters(run);
    });

    it('publishes what was pinned', async () => {
      const run = await stores.startedRun(1);
      const [record] = (await feed(run, 1))!;
      expect(record).toMatchObject({
        copy: 1,
        pins: { key: expect.any(String) },
        recipients: [{ kind: 'to' }],
        invoices: [{ revision: 1 }],
      });
    });

    it('keeps what drops out, with its reason', async () => {
      const run = await stores.startedRun(2);
      await stores.suspend(run, 1);
      await stores.feeds.withRun(run, async (feeding) => {
        const candidates = await feeding.candidates(10);
        expect(candidates.map(({ isCustomerSuspended }) => isCustomerSuspended)).toEqual([false, true]);
        const [kept, gone] = candidates;
        await feeding.write({
          queued: [{ messageId: kept!.messageId, invoices: 1 }],
          skipped: [{ messageId: gone!.messageId, reason: 'changed-since-prepare' }],
          withdrawn: [],
          dropped: [{ resultId: gone!.invoices[0]!.resultId, reason: 'changed-since-prepare' }],
          position: gone!.messageId,
        });
      });
      expect(await stores.messages(run)).toMatchObject([
        { state: 'queued' },
        { state: 'skipped', reason: 'changed-since-prepare' },
      ]);
      await stores.assertCounters(run);
    });

    it('leaves nothing of what fails in between', async () => {
      const run = await stores.startedRun(2);
      const failing = stores.feeds.withRun(run, async (feeding) => {
        const claims = await claimsOf(feeding);
        await feeding.claim(claims);
        await feeding.write({
          ...nothing,
          queued: claims.map(({ messageId }) => ({ messageId, invoices: 1 })),
        });
        throw new Error('Cut off.');
      });
      await expect(failing).rejects.toThrow('Cut off.');
      expect(await states(run)).toEqual(['pending', 'pending']);
      await stores.assertCounters(run);
      const other = await stores.startedRun(2);
      await stores.feeds.withRun(other, async (feeding) => {
        expect(await feeding.claim(await claimsOf(feeding))).toEqual([null, null]);
      });
    });

    it('lets one feed a run at a time; another goes on to the next run', async () => {
      const run = await stores.startedRun(1);
      const [entered, leave] = [new Latch(), new Latch()];
      const first = stores.feeds.withRun(run, async () => {
        entered.open();
        await leave.passed;
        return 'fed';
      });
      await entered.passed;
      expect(await stores.feeds.withRun(run, async () => 'fed')).toBeUndefined();
      leave.open();
      expect(await first).toBe('fed');
    });

    it('lets a stop wait for the batch that is being fed, and feeds nothing after it', async () => {
      const run = await stores.startedRun(1);
      const order: string[] = [];
      const [entered, leave] = [new Latch(), new Latch()];
      const feeding = stores.feeds.withRun(run, async () => {
        entered.open();
        await leave.passed;
        order.push('fed');
      });
      await entered.passed;
      const stopping = stores.database.inTenant(run.tenantId, async (tx) => {
        await stores.runs.lock(tx, run.runId);
        order.push('stopped');
        await stores.runs.change(tx, run.runId, { state: 'stopped' });
      });
      for (let i = 0; i < 3; i += 1) await stores.messages(run);
      leave.open();
      await Promise.all([feeding, stopping]);
      expect(order).toEqual(['fed', 'stopped']);
      expect(await stores.feeds.withRun(run, async () => 'fed')).toBeUndefined();
    });

    it('says who holds an invoice, and lets it be taken over', async () => {
      const run = await stores.startedRun(1);
      await feed(run, 1);
      const [holder] = await stores.messages(run);
      const other = await stores.startedRun(1);
      await stores.feeds.withRun(other, async (feeding) => {
        const claims = await claimsOf(feeding);
        expect(await feeding.claim(claims)).toEqual([{ messageId: holder!.id, state: 'queued' }]);
        await feeding.takeOver(claims);
      });
      const third = await stores.startedRun(1);
      const [taker] = await stores.messages(other);
      await stores.feeds.withRun(third, async (feeding) => {
        expect(await feeding.claim(await claimsOf(feeding))).toEqual([
          { messageId: taker!.id, state: 'pending' },
        ]);
      });
    });

    it.each([
      ['is told who was first', false],
      ['has the invoice when the first one failed', true],
    ])(
      'of two that claim the same invoice at the same time, the second one waits and %s',
      async (_, fails) => {
        const [run, other] = [await stores.startedRun(1), await stores.startedRun(1)];
        const [claimed, leave] = [new Latch(), new Latch()];
        const first = stores.feeds.withRun(run, async (feeding) => {
          await feeding.claim(await claimsOf(feeding));
          claimed.open();
          await leave.passed;
          if (fails) throw new Error('Cut off.');
        });
        await claimed.passed;
        let isAnswered = false;
        const second = stores.feeds.withRun(other, async (feeding) => {
          const holders = await feeding.claim(await claimsOf(feeding));
          isAnswered = true;
          return holders;
        });
        for (let i = 0; i < 3; i += 1) await stores.messages(run);
        expect(isAnswered).toBe(false);
        leave.open();
        if (fails) await expect(first).rejects.toThrow('Cut off.');
        else await first;
        const [message] = await stores.messages(run);
        expect(await second).toEqual([fails ? null : { messageId: message!.id, state: 'pending' }]);
      },
    );
  });
}

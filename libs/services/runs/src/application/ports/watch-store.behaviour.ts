import type { MessageOutcome } from '@mailrun/contracts';
import type { EngineStores, RunRef } from './engine-stores.js';
import type { DueMessages } from './watch-store.port.js';
import { applyOutcome } from '../../domain/runs/apply-outcome.js';

/** What whoever keeps messages under way promises to those who look after them. */
export function watchStoreBehaviour(name: string, open: () => Promise<EngineStores>): void {
  describe(`the watch store: ${name}`, () => {
    let stores: EngineStores;
    let run: RunRef;
    let ids: string[];
    beforeEach(async () => {
      stores = await open();
      run = await stores.startedRun(4);
      ids = (await stores.messages(run)).map(({ id }) => id);
    });

    const feed = (count: number) =>
      stores.feeds.withRun(run, async (feeding) => {
        const candidates = await feeding.candidates(count);
        const queued = candidates.map(({ messageId }) => ({ messageId, invoices: 1 }));
        await feeding.write({
          queued,
          skipped: [],
          withdrawn: [],
          dropped: [],
          position: queued.at(-1)!.messageId,
        });
      });
    const hear = (messageId: string, state: MessageOutcome['state'], revision = 1) =>
      stores.outcomes.inBatch([{ tenantId: run.tenantId, messageId }], async ({ messages, write }) => {
        const message = messages.get(messageId)!;
        const outcome: MessageOutcome = {
          messageId,
          copy: 1,
          revision,
          state,
          at: new Date().toISOString(),
          attempts: 0,
          recipients: [],
        };
        await write([{ message, outcomes: [outcome], applied: applyOutcome(message, outcome)! }]);
      });
    const stop = () =>
      stores.database.inTenant(run.tenantId, async (tx) => {
        const locked = await stores.runs.lock(tx, run.runId);
        await stores.runs.change(tx, run.runId, { state: 'stopped', why: 'stopping' });
        await stores.runs.stopRounds(tx, locked!);
      });
    const fedAgain = ({ fedAgain: given }: DueMessages) =>
      given.flatMap(({ records }) => records.map(({ messageId }) => messageId));
    const asked = (due: DueMessages) =>
      due.asked.flatMap(({ copies }) => copies.map(({ messageId }) => messageId)).sort();

    it('gives messages just fed some time', async () => {
      await feed(2);
      expect(await stores.watches.takeDue(100, 100)).toMatchObject({ fedAgain: [], asked: [], count: 0 });
    });

    it('feeds again what was not accepted in time, and then not at once', async () => {
      await feed(2);
      await stores.makeDue(run);
      const due = await stores.watches.takeDue(100, 100);
      expect(due.fedAgain).toMatchObject([{ ...run, mode: 'live', round: 1 }]);
      expect(fedAgain(due)).toEqual(ids.slice(0, 2));
      expect(fedAgain(await stores.watches.takeDue(100, 100))).toEqual([]);
    });

    it('feeds no more again than it is told, and the others later', async () => {
      await feed(4);
      await stores.makeDue(run);
      expect(fedAgain(await stores.watches.takeDue(100, 1))).toEqual([ids[0]]);
      await stores.makeDue(run);
      expect(fedAgain(await stores.watches.takeDue(100, 100))).toEqual(ids);
    });

    it('takes no more than the limit, and says so', async () => {
      await feed(4);
      await stores.makeDue(run);
      expect((await stores.watches.takeDue(3, 100)).count).toBe(3);
      expect((await stores.watches.takeDue(3, 100)).count).toBe(1);
    });

    it('gives each message to one of several that take at the same time', async () => {
      await feed(4);
      await stores.makeDue(run);
      const all = await Promise.all([1, 2, 3].map(() => stores.watches.takeDue(100, 100)));
      expect(all.flatMap(fedAgain).sort()).toEqual(ids);
    });

    it('asks about what was accepted and brought no news for long, and never feeds it again', async () => {
      await feed(3);
      await hear(ids[0]!, 'accepted');
      await hear(ids[1]!, 'uncertain');
      await hear(ids[2]!, 'sent');
      await stores.makeDue(run);
      expect(await stores.watches.takeDue(100, 100)).toMatchObject({ asked: [], fedAgain: [] });
      await stores.makeDue(run);
      await stores.age(run);
      const due = await stores.watches.takeDue(100, 100);
      expect(asked(due)).toEqual(ids.slice(0, 2));
      expect(due.fedAgain).toEqual([]);
      expect(asked(await stores.watches.takeDue(100, 100))).toEqual([]);
    });

    it('feeds nothing of a stopped run again, but names what was fed and not accepted', async () => {
      await feed(3);
      await hear(ids[1]!, 'accepted');
      await stop();
      await stores.makeDue(run);
      expect(fedAgain(await stores.watches.takeDue(100, 100))).toEqual([]);
      expect(await stores.watches.unaccepted(run, undefined, 1)).toEqual({
        ...run,
        mode: 'live',
        round: 1,
        restored: null,
        copies: [{ messageId: ids[0], copy: 1 }],
      });
      expect(await stores.watches.unaccepted(run, ids[0], 5)).toMatchObject({
        copies: [{ messageId: ids[2], copy: 1 }],
      });
      expect(await stores.watches.unaccepted(run, ids[2], 5)).toBeUndefined();
    });

    it('stops what is pending, in portions, and nothing else', async () => {
      await feed(1);
      await stop();
      expect(await stores.watches.stopPending(run, 2)).toBe(2);
      expect(await stores.watches.stopPending(run, 2)).toBe(1);
      expect(await stores.watches.stopPending(run, 2)).toBe(0);
      expect(await stores.messages(run)).toMatchObject([
        { state: 'queued' },
        { state: 'stopped', reason: 'run-stopped' },
        { state: 'stopped' },
        { state: 'stopped' },
      ]);
      await stores.assertCounters(run);
    });

    it('stops each pending message once when two do so at the same time', async () => {
      await stop();
      const counts = await Promise.all([1, 2].map(() => stores.watches.stopPending(run, 100)));
      expect(counts.sort()).toEqual([0, 4]);
      await stores.assertCounters(run);
    });
  });
}

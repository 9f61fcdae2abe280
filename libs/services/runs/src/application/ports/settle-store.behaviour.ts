import type { EngineStores, RunRef } from './engine-stores.js';
import { Latch } from '../../testing/latch.js';

/** What whoever keeps runs promises to those who end them. */
export function settleStoreBehaviour(name: string, open: () => Promise<EngineStores>): void {
  describe(`runs under way: ${name}`, () => {
    let stores: EngineStores;
    let run: RunRef;
    beforeEach(async () => {
      stores = await open();
      run = await stores.startedRun(2);
    });

    const openRun = async () => (await stores.settling.openRuns([run]))[0];
    const change = (change: Parameters<typeof stores.runs.change>[2]) =>
      stores.database.inTenant(run.tenantId, (tx) => stores.runs.change(tx, run.runId, change));

    it('tells how many messages are in each state', async () => {
      expect(await openRun()).toEqual({
        ...run,
        state: 'running',
        isBeingMade: false,
        pausesFor: null,
        isFirstPassDone: false,
        messages: { pending: 2 },
      });
    });

    it('knows no run that has ended, nor one that is not under way', async () => {
      await change({ state: 'stopped' });
      expect(await openRun()).toMatchObject({ state: 'stopped' });
      await change({ endedAt: 'now' });
      expect(await openRun()).toBeUndefined();
      await stores.settling.withRun(run, () => Promise.reject(new Error('It has ended.')));
    });

    it('marks the first pass', async () => {
      await stores.settling.withRun(run, (tx) => stores.settling.markFirstPass(tx, run.runId));
      expect(await openRun()).toMatchObject({ isFirstPassDone: true });
    });

    it('waits for an act on the run, and sees what it did', async () => {
      const [entered, leave] = [new Latch(), new Latch()];
      const act = stores.database.inTenant(run.tenantId, async (tx) => {
        await stores.runs.lock(tx, run.runId);
        entered.open();
        await leave.passed;
        await stores.runs.change(tx, run.runId, { state: 'stopped' });
      });
      await entered.passed;
      const seen: string[] = [];
      const settling = stores.settling.withRun(run, async (_, { state }) => {
        seen.push(state);
      });
      for (let i = 0; i < 3; i += 1) await stores.messages(run);
      expect(seen).toEqual([]);
      leave.open();
      await Promise.all([act, settling]);
      expect(seen).toEqual(['stopped']);
    });
  });
}

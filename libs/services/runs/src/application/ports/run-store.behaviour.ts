import type { EngineStores, RunRef } from './engine-stores.js';
import type { Transaction } from '@mailrun/platform-persistence';

/** What whoever keeps runs, their rounds and the index of work promises. */
export function runStoreBehaviour(name: string, open: () => Promise<EngineStores>): void {
  describe(`runs, rounds and work: ${name}`, () => {
    let stores: EngineStores;
    let run: RunRef;
    beforeEach(async () => {
      stores = await open();
      run = await stores.startedRun(2);
    });

    const inTenant = <Result>(work: (tx: Transaction) => Promise<Result>) =>
      stores.database.inTenant(run.tenantId, work);
    const found = () => inTenant((tx) => stores.runs.find(tx, run.runId));
    const stop = () =>
      inTenant(async (tx) => {
        const locked = await stores.runs.lock(tx, run.runId);
        await stores.runs.stopRounds(tx, locked!);
      });
    const workOf = async (kind: 'run' | 'gate' | 'event') =>
      (await stores.work.list(kind)).filter(({ runId }) => runId === run.runId);

    it('changes what is named, and counts versions', async () => {
      const before = await found();
      await inTenant((tx) =>
        stores.runs.change(tx, run.runId, { state: 'stopped', why: 'stopping', endedAt: 'now' }),
      );
      expect(await found()).toEqual({
        ...before,
        state: 'stopped',
        why: 'stopping',
        endedAt: expect.any(Date),
        version: before!.version + 1,
      });
    });

    it('lets a run that has ended go on', async () => {
      await inTenant((tx) => stores.runs.change(tx, run.runId, { state: 'completed', endedAt: 'now' }));
      await inTenant((tx) =>
        stores.runs.change(tx, run.runId, { state: 'running', resumedAt: 'now', endedAt: null }),
      );
      expect(await found()).toMatchObject({ state: 'running', resumedAt: expect.any(Date), endedAt: null });
    });

    it('shows a run to its tenant only', async () => {
      const strangers = '01900000-0000-7000-8000-00000000ffff';
      expect(
        await stores.database.inTenant(strangers, (tx) => stores.runs.find(tx, run.runId)),
      ).toBeUndefined();
      expect(
        await stores.database.inTenant(strangers, (tx) => stores.runs.lock(tx, run.runId)),
      ).toBeUndefined();
    });

    it('names those that are running', async () => {
      const other = await stores.startedRun(2);
      const ids = [run.runId, other.runId, '01900000-0000-7000-8000-00000000ffff'];
      const running = async () => {
        const found = await inTenant((tx) => stores.runs.running(tx, ids));
        return found.map(({ runId, tenantId, mode }) => [runId, tenantId, mode]).toSorted();
      };
      const both = [run, other].map(({ runId, tenantId }) => [runId, tenantId, 'live']);
      expect(await running()).toEqual(both.toSorted());
      await inTenant((tx) => stores.runs.change(tx, run.runId, { state: 'paused', why: 'by-operator' }));
      expect(await running()).toEqual(both.slice(1));
    });

    it('lets acts on a run come one after the other', async () => {
      const grow = () =>
        inTenant(async (tx) => {
          const locked = await stores.runs.lock(tx, run.runId);
          await stores.runs.find(tx, run.runId);
          await stores.runs.change(tx, run.runId, { why: `${locked!.why ?? ''}x` });
        });
      await Promise.all([grow(), grow(), grow(), grow()]);
      expect((await found())!.why).toBe('xxxx');
    });

    it('counts a preparation’s messages and invoices', async () => {
      const { preparationId } = (await found())!;
      expect(await inTenant((tx) => stores.runs.counts(tx, preparationId!))).toEqual([
        { unit: 'invoices', status: 'pending', reason: '', count: 2 },
        { unit: 'messages', status: 'pending', reason: '', count: 2 },
      ]);
    });

    it('names the state of a round until its newest revision is confirmed', async () => {
      const [running] = await stores.gates.untold(run);
      expect(running).toEqual({ ...run, mode: 'live', round: 1, revision: 1, state: 'running' });
      await stop();
      const [stopped] = await stores.gates.untold(run);
      expect(stopped).toMatchObject({ round: 1, revision: 2, state: 'stopped' });
      await stores.gates.confirm(running!);
      expect(await stores.gates.untold(run)).toEqual([stopped]);
      await stores.gates.confirm(stopped!);
      await stores.gates.confirm(running!);
      expect(await stores.gates.untold(run)).toEqual([]);
    });

    it('stops a round once', async () => {
      await stop();
      await stop();
      expect(await stores.gates.untold(run)).toMatchObject([{ revision: 2, state: 'stopped' }]);
    });

    it('removes work that was done, unless it was added again meanwhile', async () => {
      const [item] = await workOf('run');
      expect(item).toMatchObject(run);
      await inTenant((tx) => stores.work.add(tx, 'run', run));
      await stores.work.done('run', item!);
      const [again] = await workOf('run');
      expect(again).toMatchObject(run);
      await stores.work.done('run', again!);
      expect(await workOf('run')).toEqual([]);
    });

    it('adds and removes work with the change that makes it', async () => {
      const failing = inTenant(async (tx) => {
        await stores.work.remove(tx, 'run', run.runId);
        await stores.runs.change(tx, run.runId, { why: 'never' });
        throw new Error('Cut off.');
      });
      await expect(failing).rejects.toThrow('Cut off.');
      expect(await workOf('run')).toHaveLength(1);
      expect((await found())!.why).toBeNull();
      await inTenant((tx) => stores.work.remove(tx, 'run', run.runId));
      expect(await workOf('run')).toEqual([]);
    });
  });
}

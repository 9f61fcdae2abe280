import type { EngineStores } from './engine-stores.js';
import { FedRun } from './fed-run.js';
import type { NewRound } from './round-store.port.js';

/** What whoever keeps rounds and copies promises. */
export function roundStoreBehaviour(name: string, open: () => Promise<EngineStores>): void {
  describe(`rounds and their copies: ${name}`, () => {
    let stores: EngineStores;
    let run: FedRun;
    beforeEach(async () => {
      stores = await open();
      run = await FedRun.of(stores, 3);
      await run.hear(0, 'failed', 2);
      await run.hear(1, 'sent', 2);
      await run.hear(2, 'stopped', 1);
    });

    const begin = (kind: NewRound['kind'], messageId: string | null = null) =>
      stores.database.inTenant(run.ref.tenantId, async (tx) => {
        const locked = await stores.runs.lock(tx, run.ref.runId);
        const round = await stores.rounds.begin(tx, locked!, { kind, messageId, note: null });
        if (messageId !== null) await stores.rounds.makeOne(tx, locked!, round, messageId);
        return round;
      });
    const isBeingMade = (kind: NewRound['kind']) =>
      stores.database.inTenant(run.ref.tenantId, (tx) => stores.rounds.isBeingMade(tx, run.ref.runId, kind));
    const makeAll = async (limit = 100) => {
      while (await stores.rounds.makeNext(run.ref, limit));
    };
    const rows = () => stores.messages(run.ref);

    it('begins with a number of its own, and a gate of which the dispatcher is to be told', async () => {
      expect(await begin('retry-failed')).toBe(2);
      expect(await stores.gates.untold(run.ref)).toMatchObject([
        { round: 1 },
        { round: 2, state: 'running' },
      ]);
      expect(await begin('send-rest')).toBe(3);
    });

    it.each([
      ['retry-failed', 0],
      ['send-rest', 2],
    ] as const)('of kind %s makes the next copies of the messages that it is for', async (kind, index) => {
      await begin(kind);
      expect(await isBeingMade(kind)).toBe(true);
      await makeAll();
      expect(await isBeingMade(kind)).toBe(false);
      const made = (await rows()).map(({ copy, round, state }) => ({ copy, round, state }));
      expect(made[index]).toEqual({ copy: 2, round: 2, state: 'pending' });
      expect(made.filter(({ copy }) => copy === 1)).toHaveLength(2);
      await stores.assertCounters(run.ref);
    });

    it('is made in portions, and goes on where it stood', async () => {
      await run.hear(1, 'failed', 3);
      await begin('retry-failed');
      await stores.rounds.makeNext(run.ref, 1);
      expect((await rows()).map(({ copy }) => copy)).toEqual([2, 1, 1]);
      expect(await isBeingMade('retry-failed')).toBe(true);
      await makeAll(1);
      expect((await rows()).map(({ copy }) => copy)).toEqual([2, 2, 1]);
      await stores.assertCounters(run.ref);
    });

    it('makes each copy once, however many make it', async () => {
      await begin('retry-failed');
      await Promise.all([makeAll(), makeAll(), makeAll()]);
      expect((await rows()).map(({ copy }) => copy)).toEqual([2, 1, 1]);
      await stores.assertCounters(run.ref);
    });

    it('has its copies fed, with their number', async () => {
      await begin('retry-failed');
      await makeAll();
      expect(await run.feed()).toMatchObject([{ messageId: run.ids[0], copy: 2 }]);
      expect((await rows()).map(({ state }) => state)).toEqual(['queued', 'sent', 'stopped']);
    });

    it('keeps the copy before, which may bring news still', async () => {
      await begin('send-rest');
      await makeAll();
      await run.feed();
      await run.hear(2, 'sent', 2);
      await run.hear(2, 'failed', 2, { copy: 2 });
      expect((await rows())[2]).toMatchObject({ copy: 2, state: 'sent' });
      await stores.assertCounters(run.ref);
    });

    it('sends one message again, whatever became of it, and keeps what it came to', async () => {
      await begin('resend', run.ids[1]);
      expect((await rows())[1]).toMatchObject({ copy: 2, round: 2, state: 'pending' });
      await run.feed();
      await run.hear(1, 'failed', 1, { copy: 2, recipients: [] });
      expect((await rows())[1]).toMatchObject({ state: 'sent' });
      await stores.assertCounters(run.ref);
    });

    it('makes nothing of a run that was stopped meanwhile', async () => {
      await begin('retry-failed');
      await stores.database.inTenant(run.ref.tenantId, async (tx) => {
        const locked = await stores.runs.lock(tx, run.ref.runId);
        await stores.runs.change(tx, run.ref.runId, { state: 'stopped' });
        await stores.runs.stopRounds(tx, locked!);
      });
      await makeAll();
      expect((await rows()).map(({ copy }) => copy)).toEqual([1, 1, 1]);
      expect(await isBeingMade('retry-failed')).toBe(false);
    });

    it('makes the next copy of a mail that was lost, in the same round, and once', async () => {
      const other = await FedRun.of(stores, 3);
      await other.hear(0, 'failed', 2, { reply: { code: 'sealed-mail-lost' }, recipients: [] });
      await Promise.all([1, 2].map(() => stores.rounds.replaceLost(other.ref, 10)));
      expect((await stores.messages(other.ref))[0]).toMatchObject({ copy: 2, round: 1, state: 'pending' });
      await stores.assertCounters(other.ref);
    });
  });
}

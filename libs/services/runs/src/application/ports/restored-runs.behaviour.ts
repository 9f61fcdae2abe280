import type { EngineStores } from './engine-stores.js';
import { FedRun } from './fed-run.js';
import type { RestoredChunk } from './restored-copies.port.js';

const aDayMs = 86_400_000;
const yesterday = new Date(Date.now() - aDayMs);
const tomorrow = new Date(Date.now() + aDayMs);

/** What whoever keeps runs promises after the database was restored from a backup. */
export function restoredRunsBehaviour(name: string, open: () => Promise<EngineStores>): void {
  describe(`runs of a restored database: ${name}`, () => {
    let stores: EngineStores;
    let run: FedRun;
    beforeEach(async () => {
      stores = await open();
      run = await FedRun.of(stores, 3);
    });

    const mark = (restoredTo = yesterday) => stores.restoredRuns.mark(run.ref.tenantId, restoredTo);
    const next = (limit = 100) => stores.restoredCopies.next(run.ref, limit);
    /** As `message.copy in round`, messages by their index. */
    const named = (chunk: RestoredChunk | undefined) =>
      chunk?.rounds
        .flatMap(({ round, copies }) =>
          copies.map(({ messageId, copy }) => `${run.ids.indexOf(messageId)}.${copy} in ${round}`),
        )
        .toSorted();

    it('are marked when they are under way, and wait to be looked through', async () => {
      await run.hear(0, 'accepted', 1);
      expect(await mark()).toMatchObject({
        runs: 1,
        messages: 2,
        rounds: [{ runId: run.ref.runId, round: 1 }],
      });
      expect(await stores.work.list('restored')).toMatchObject([run.ref]);
    });

    it('name every copy that was fed, in portions, and go on where they stood', async () => {
      await mark();
      const first = await next(2);
      expect(named(first)).toEqual(['0.1 in 1', '1.1 in 1']);
      expect(Date.parse(first!.restoredTo)).toBe(yesterday.getTime());
      expect(first).toMatchObject({ ...run.ref, mode: 'live', checkpoint: null, lastMessageId: run.ids[1] });
      expect(named(await next(2))).toEqual(named(first));
      await stores.restoredCopies.advance(first!);
      const second = await next(2);
      expect(named(second)).toEqual(['2.1 in 1']);
      await stores.restoredCopies.advance(second!);
      expect(await next()).toBeUndefined();
    });

    it('name earlier copies too, each with its round, and leave out what was not fed', async () => {
      await run.hear(0, 'failed', 2);
      await run.hear(1, 'failed', 2);
      await stores.database.inTenant(run.ref.tenantId, async (tx) => {
        const locked = await stores.runs.lock(tx, run.ref.runId);
        await stores.rounds.begin(tx, locked!, { kind: 'retry-failed', messageId: null, note: null });
      });
      while (await stores.rounds.makeNext(run.ref, 1));
      expect(await mark()).toMatchObject({ rounds: [{ round: 2 }] });
      expect(named(await next())).toEqual(['0.1 in 1', '1.1 in 1', '2.1 in 1']);
      await run.feed();
      expect(named(await next())).toEqual(['0.1 in 1', '0.2 in 2', '1.1 in 1', '1.2 in 2', '2.1 in 1']);
    });

    it('say how far they are also where nothing of a portion was fed', async () => {
      const unfed = await stores.startedRun(2);
      await mark();
      const chunk = await stores.restoredCopies.next(unfed, 100);
      expect(chunk).toMatchObject({ rounds: [], lastMessageId: (await stores.messages(unfed)).at(-1)!.id });
    });

    it('are not moved by one who is late', async () => {
      await mark();
      const late = await next(1);
      await stores.restoredCopies.advance((await next(2))!);
      await stores.restoredCopies.advance(late!);
      expect(named(await next())).toEqual(['2.1 in 1']);
    });

    it('are looked through from the beginning when they are marked again', async () => {
      await mark();
      await stores.restoredCopies.advance((await next())!);
      await mark();
      expect(named(await next())).toHaveLength(3);
    });

    it('are concerned also when they ended after the backup, and only then', async () => {
      await stores.database.inTenant(run.ref.tenantId, (tx) =>
        stores.runs.change(tx, run.ref.runId, { state: 'completed', endedAt: 'now' }),
      );
      expect(await mark(tomorrow)).toMatchObject({ runs: 0, rounds: [] });
      expect(await next()).toBeUndefined();
      expect(await mark()).toMatchObject({ runs: 1 });
      expect(named(await next())).toHaveLength(3);
    });
  });
}

import type { NewDecision } from './decision-store.port.js';
import type { EngineStores } from './engine-stores.js';
import { FedRun } from './fed-run.js';

/** What whoever keeps decisions promises to those who carry them out. */
export function decisionStoreBehaviour(name: string, open: () => Promise<EngineStores>): void {
  describe(`decisions: ${name}`, () => {
    let stores: EngineStores;
    let run: FedRun;
    beforeEach(async () => {
      stores = await open();
      run = await FedRun.of(stores, 3);
      for (const index of [0, 2]) await run.hear(index, 'uncertain', 2);
      await run.hear(1, 'sent', 2);
    });

    const decide = (messageId: string | null, decision: NewDecision['decision'] = 'treat-as-sent') =>
      stores.database.inTenant(run.ref.tenantId, (tx) =>
        stores.decisions.insert(tx, run.ref, { decision, messageId, note: 'Asked.', actor: 'A. Smith' }),
      );
    const pending = (messageId: string | null) =>
      stores.database.inTenant(run.ref.tenantId, (tx) =>
        stores.decisions.findPending(tx, run.ref.runId, messageId),
      );
    const uncertain = (index: number) => ({ messageId: run.ids[index], copy: 1, revision: 2 });

    it('names the uncertain copies of a run, in the revision that is known', async () => {
      expect(await stores.decisions.next(run.ref, 10)).toBeUndefined();
      const id = await decide(null);
      expect(await stores.decisions.next(run.ref, 10)).toEqual({
        ...run.ref,
        id,
        decision: 'treat-as-sent',
        messageId: null,
        note: 'Asked.',
        actor: 'A. Smith',
        checkpoint: null,
        copies: [uncertain(0), uncertain(2)],
      });
    });

    it('names the one that was decided about, and no other', async () => {
      await decide(run.ids[2]!);
      expect((await stores.decisions.next(run.ref, 10))!.copies).toEqual([uncertain(2)]);
    });

    it('goes on after those that were named, until there is none', async () => {
      await decide(null);
      const first = await stores.decisions.next(run.ref, 1);
      expect(first!.copies).toEqual([uncertain(0)]);
      await stores.decisions.advance(first!, []);
      await stores.decisions.advance(first!, []);
      const second = await stores.decisions.next(run.ref, 1);
      expect(second!.copies).toEqual([uncertain(2)]);
      await stores.decisions.advance(second!, []);
      const third = await stores.decisions.next(run.ref, 1);
      expect(third!.copies).toEqual([]);
      await stores.decisions.finish(third!);
      expect(await stores.decisions.next(run.ref, 1)).toBeUndefined();
    });

    it('knows what is being decided about', async () => {
      expect(await pending(null)).toBeUndefined();
      await decide(run.ids[0]!, 'send-again');
      expect(await pending(null)).toMatchObject({ decision: 'send-again', actor: 'A. Smith' });
      expect(await pending(run.ids[0]!)).toBeDefined();
      expect(await pending(run.ids[2]!)).toBeUndefined();
    });

    it('keeps a run from ending until it is carried out', async () => {
      const isBeingMade = async () => (await stores.settling.openRuns([run.ref]))[0]!.isBeingMade;
      expect(await isBeingMade()).toBe(false);
      await decide(null);
      expect(await isBeingMade()).toBe(true);
      await stores.decisions.finish((await stores.decisions.next(run.ref, 1))!);
      expect(await isBeingMade()).toBe(false);
    });
  });
}

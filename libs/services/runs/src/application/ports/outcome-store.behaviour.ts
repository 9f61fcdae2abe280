import type { MessageOutcome, MessageState } from '@mailrun/contracts';
import type { EngineStores, RunRef } from './engine-stores.js';
import type { MessageChange, StoredMessage } from './outcome-store.port.js';
import { applyOutcome } from '../../domain/runs/apply-outcome.js';
import { Latch } from '../../testing/latch.js';

/** What whoever keeps messages promises to those who apply outcomes. */
export function outcomeStoreBehaviour(name: string, open: () => Promise<EngineStores>): void {
  describe(`the outcome store: ${name}`, () => {
    let stores: EngineStores;
    let run: RunRef;
    let ids: string[];
    beforeEach(async () => {
      stores = await open();
      run = await stores.startedRun(2);
      await feedAll(run);
      ids = (await stores.messages(run)).map(({ id }) => id);
    });

    const feedAll = (of: RunRef) =>
      stores.feeds.withRun(of, async (feeding) => {
        const candidates = await feeding.candidates(100);
        const holders = await feeding.claim(
          candidates.flatMap(({ messageId, copy, invoices }) =>
            invoices.map(({ invoiceId, revision }) => ({ invoiceId, revision, messageId, copy })),
          ),
        );
        const queued = candidates.map(({ messageId }) => ({ messageId, invoices: 1 }));
        await feeding.write({
          queued,
          skipped: [],
          withdrawn: [],
          dropped: [],
          position: queued.at(-1)!.messageId,
        });
        return holders;
      });
    const outcomeOf = (
      messageId: string,
      state: MessageOutcome['state'],
      revision: number,
    ): MessageOutcome => ({
      messageId,
      copy: 1,
      revision,
      state,
      at: new Date().toISOString(),
      attempts: 1,
      recipients: [{ kind: 'to', address: 'a@y.test', state: state === 'sent' ? 'accepted' : 'pending' }],
    });
    const changeOf = (message: StoredMessage, outcome: MessageOutcome): MessageChange => ({
      message,
      outcomes: [outcome],
      applied: applyOutcome(message, outcome)!,
    });
    const keys = (of: readonly string[]) => of.map((messageId) => ({ tenantId: run.tenantId, messageId }));
    const apply = (messageId: string, state: MessageOutcome['state'], revision: number) =>
      stores.outcomes.inBatch(keys([messageId]), ({ messages, write }) =>
        write([changeOf(messages.get(messageId)!, outcomeOf(messageId, state, revision))]),
      );
    const states = async (): Promise<MessageState[]> =>
      (await stores.messages(run)).map(({ state }) => state);

    it('gives the messages by id, and none that the tenant does not have', async () => {
      const stranger = ids[0]!.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
      const found = await stores.outcomes.inBatch(keys([...ids, stranger]), async ({ messages }) => messages);
      expect([...found.keys()].sort()).toEqual(ids);
      expect(found.get(ids[0]!)).toMatchObject({
        ...run,
        copy: 1,
        revision: 0,
        state: 'queued',
        reason: null,
        invoices: 1,
        hasAccepted: false,
      });
    });

    it('keeps state, reason and revision, and counts in the same transaction', async () => {
      await apply(ids[0]!, 'sent', 2);
      await apply(ids[1]!, 'stopped', 1);
      expect(await stores.messages(run)).toMatchObject([
        { state: 'sent', reason: null, revision: 2 },
        { state: 'stopped', reason: 'run-stopped', revision: 1 },
      ]);
      await stores.assertCounters(run);
    });

    it('leaves nothing of what fails in between', async () => {
      const failing = stores.outcomes.inBatch(keys(ids), async ({ messages, write }) => {
        await write(ids.map((id) => changeOf(messages.get(id)!, outcomeOf(id, 'sent', 1))));
        throw new Error('Cut off.');
      });
      await expect(failing).rejects.toThrow('Cut off.');
      expect(await states()).toEqual(['queued', 'queued']);
      await stores.assertCounters(run);
    });

    it('shows a second batch of the same message what the first one made of it', async () => {
      const [entered, leave] = [new Latch(), new Latch()];
      const first = stores.outcomes.inBatch(keys([ids[0]!]), async ({ messages, write }) => {
        entered.open();
        await leave.passed;
        await write([changeOf(messages.get(ids[0]!)!, outcomeOf(ids[0]!, 'accepted', 1))]);
      });
      await entered.passed;
      const second = stores.outcomes.inBatch(
        keys(ids),
        async ({ messages }) => messages.get(ids[0]!)!.revision,
      );
      for (let i = 0; i < 3; i += 1) await stores.messages(run);
      leave.open();
      await first;
      expect(await second).toBe(1);
    });

    it('never lets two batches wait for each other, whatever their order', async () => {
      const change = (of: readonly string[], revision: number) =>
        stores.outcomes.inBatch(keys(of), ({ messages, write }) =>
          write(of.map((id) => changeOf(messages.get(id)!, outcomeOf(id, 'accepted', revision + 10)))),
        );
      await Promise.all(
        [change(ids, 1), change(ids.toReversed(), 2), change(ids, 3)].map((all) => all.catch(String)),
      );
      expect(await states()).toEqual(['accepted', 'accepted']);
      await stores.assertCounters(run);
    });

    it.each<[MessageOutcome['state'], 'frees' | 'keeps']>([
      ['failed', 'frees'],
      ['stopped', 'frees'],
      ['sent', 'keeps'],
      ['uncertain', 'keeps'],
      ['deferred', 'keeps'],
    ])('after %s it %s the invoice', async (state, does) => {
      await apply(ids[0]!, state, 2);
      const other = await stores.startedRun(2);
      const holders = await feedAll(other);
      expect(holders![0]).toEqual(does === 'frees' ? null : { messageId: ids[0], state });
    });

    it('looks no more after what is final', async () => {
      await apply(ids[0]!, 'sent', 2);
      await stores.makeDue(run);
      await stores.age(run);
      const { asked, fedAgain } = await stores.watches.takeDue(100, 100);
      const named = [...asked.flatMap(({ copies }) => copies), ...fedAgain.flatMap(({ records }) => records)];
      expect(named.map(({ messageId }) => messageId)).toEqual([ids[1]]);
    });

    describe('what was final, and is not after a restore', () => {
      const restored = 1_000_000;

      it('is looked after again, also when its run has ended by then', async () => {
        await apply(ids[0]!, 'sent', 2);
        await apply(ids[0]!, 'uncertain', restored);
        await stores.makeDue(run);
        await stores.age(run);
        const { asked } = await stores.watches.takeDue(100, 100);
        expect(asked.flatMap(({ copies }) => copies)).toEqual([{ messageId: ids[0], copy: 1 }]);
        expect(await stores.work.list('held')).toMatchObject([run]);
        await stores.assertCounters(run);
      });

      it('holds its invoice again', async () => {
        await apply(ids[0]!, 'failed', 2);
        await apply(ids[0]!, 'uncertain', restored);
        const holders = await feedAll(await stores.startedRun(2));
        expect(holders![0]).toEqual({ messageId: ids[0], state: 'uncertain' });
      });

      it('leaves the invoice to another message that took it meanwhile', async () => {
        await apply(ids[0]!, 'failed', 2);
        const other = await stores.startedRun(2);
        await feedAll(other);
        await apply(ids[0]!, 'uncertain', restored);
        const [theirs] = await stores.messages(other);
        const holders = await feedAll(await stores.startedRun(2));
        expect(holders![0]).toEqual({ messageId: theirs!.id, state: 'queued' });
      });
    });
  });
}

import type { MessageOutcome, MessageRun, RenderMessage } from '@mailrun/contracts';
import { EngineHarness, EngineReplica, ours, theirs } from '../../testing/engine.harness.js';
import { withEngine } from '../../testing/with-engine.js';

describe('applying outcomes', () => {
  let engine: EngineHarness;
  let run: MessageRun;
  let fed: readonly RenderMessage[];
  withEngine(async (opened) => {
    engine = opened;
    await engine.seedMany(4);
    run = await engine.started();
    await engine.replica.feeding.feed();
    fed = engine.replica.fed();
  });

  const settle = (index: number, state: MessageOutcome['state'], more: Partial<MessageOutcome> = {}) =>
    engine.dispatcher.settle(fed[index]!, { state, ...more });
  const history = (index: number) =>
    engine.service.database.inTenant(ours, (tx) =>
      tx.query<{ state: string; code: string | null; server_text: string | null }>(
        'select state, code, server_text from message_history where message_id = $1 order by revision',
        [fed[index]!.messageId],
      ),
    );
  const watched = async () =>
    (
      await engine.service.database.inTenant(ours, (tx) =>
        tx.query<{ id: string }>('select message_id as id from message_watches order by 1'),
      )
    ).map(({ id }) => fed.findIndex(({ messageId }) => messageId === id));
  const now = async () => engine.reading.get(ours, run.id);

  it('keeps state, reason, history and counters, and ends the run when every message is final or held', async () => {
    const reply = {
      code: 'smtp.recipient-refused',
      smtpCode: 550,
      enhancedCode: '5.1.1',
      serverText: 'No such user',
    };
    await engine.replica.hear([0, 1, 2, 3].map((index) => settle(index, 'accepted')));
    await engine.replica.hear([settle(0, 'sent'), settle(1, 'failed', { reply })]);
    await engine.replica.hear([
      settle(2, 'deferred', { nextTryAt: new Date(Date.now() + 60_000).toISOString() }),
    ]);
    await engine.replica.settling.settleChanged();
    expect(await now()).toMatchObject({ state: 'running', firstPassDoneAt: null });
    await engine.replica.hear([settle(3, 'uncertain', { reply: { code: 'smtp.outcome-unknown' } })]);
    await engine.replica.settling.settleChanged();
    expect(await now()).toMatchObject({ state: 'running', firstPassDoneAt: expect.any(String) });
    expect(await history(1)).toEqual([
      { state: 'accepted', code: null, server_text: null },
      { state: 'failed', code: 'smtp.recipient-refused', server_text: 'No such user' },
    ]);
    expect(await watched()).toEqual([2, 3]);
    await engine.replica.hear([settle(2, 'sent')]);
    await engine.replica.settling.settleChanged();
    expect(await engine.results(run.id)).toEqual({
      'I-C1': 'sent',
      'I-C2': 'failed:smtp.recipient-refused',
      'I-C3': 'sent',
      'I-C4': 'uncertain:smtp.outcome-unknown',
    });
    expect(await now()).toMatchObject({ state: 'completed', endedAt: expect.any(String) });
    await engine.assertCounters(run.id);
  });

  it('ends the same, whatever the order, the repetitions and the batches', async () => {
    const outcomes = [0, 1, 2, 3].flatMap((index) => [
      settle(index, 'accepted'),
      settle(index, 'deferred', { nextTryAt: new Date().toISOString() }),
      settle(index, index === 3 ? 'failed' : 'sent'),
    ]);
    const shuffled = [...outcomes, ...outcomes, ...outcomes].sort((a, b) =>
      `${a.messageId.slice(-3)}${a.revision}` < `${b.messageId.slice(-3)}${b.revision}` ? 1 : -1,
    );
    const other = new EngineReplica(engine);
    await Promise.all(
      [0, 1, 2, 3, 4, 5].map((batch) =>
        (batch % 2 === 0 ? engine.replica : other).hear(shuffled.filter((_, index) => index % 6 === batch)),
      ),
    );
    await engine.assertCounters(run.id);
    expect(await engine.messages(run.id)).toEqual({ sent: 3, failed: 1 });
    for (const index of [0, 1, 2, 3]) expect((await history(index)).at(-1)!.state).toMatch(/sent|failed/);
    await Promise.all([engine.replica.settling.settleAll(), other.settling.settleAll()]);
    expect((await now()).state).toBe('completed');
  });

  it('frees the invoices of what failed without reaching anyone, and keeps those of the uncertain', async () => {
    await engine.replica.hear([
      settle(0, 'failed'),
      settle(1, 'uncertain'),
      settle(2, 'sent'),
      settle(3, 'stopped'),
    ]);
    const next = await engine.prepared();
    expect(await engine.results(next.id)).toEqual({
      'I-C1': 'pending',
      'I-C2': 'in-another-run',
      'I-C3': 'already-sent',
      'I-C4': 'pending',
    });
  });

  it('takes no outcome from another tenant, nor of a message that it does not know', async () => {
    const foreign = settle(0, 'sent');
    await engine.replica.hear([foreign], theirs);
    await engine.replica.hear([{ ...foreign, messageId: theirs }]);
    expect(await engine.messages(run.id)).toEqual({ queued: 4 });
    await engine.assertCounters(run.id);
  });

  it('shows the rate and publishes what the run came to', async () => {
    await engine.replica.hear([0, 1, 2, 3].map((index) => settle(index, 'sent')));
    await engine.replica.settling.settleChanged();
    await engine.replica.events.publish();
    const event = engine.replica.bus.published.items.at(-1)!;
    expect(event).toMatchObject({
      topic: 'run-event.v1',
      body: { type: 'run.completed', messages: { sent: 4 }, invoices: { sent: 4 } },
    });
    const published = engine.replica.bus.published.items.length;
    await engine.replica.events.publish();
    expect(engine.replica.bus.published.items).toHaveLength(published);
    const [rate] = await engine.service.database.inTenant(ours, (tx) =>
      tx.query('select sum(mails)::int as mails from run_rates'),
    );
    expect(rate).toEqual({ mails: 4 });
  });

  describe('when its news is lost', () => {
    const due = () => engine.makeWatchesDue();
    const aged = () => engine.change(`update messages set updated_at = now() - interval '11 minutes'`);

    it('asks the dispatcher after ten minutes without news, and applies what it says', async () => {
      await engine.replica.hear([0, 1, 2, 3].map((index) => settle(index, 'accepted')));
      settle(0, 'sent');
      await due();
      await engine.replica.watching.watch();
      expect(await engine.messages(run.id)).toEqual({ accepted: 4 });
      await due();
      await aged();
      await engine.replica.watching.watch();
      expect(await engine.messages(run.id)).toEqual({ accepted: 3, sent: 1 });
      expect(engine.replica.fed()).toHaveLength(4);
      await engine.assertCounters(run.id);
    });

    it('asks about a deferred mail when its next try is past', async () => {
      await engine.replica.hear([
        settle(0, 'deferred', { nextTryAt: new Date(Date.now() - 120_000).toISOString() }),
      ]);
      settle(0, 'sent');
      await engine.replica.watching.watch();
      expect(await engine.messages(run.id)).toEqual({ queued: 3, sent: 1 });
    });
  });
});

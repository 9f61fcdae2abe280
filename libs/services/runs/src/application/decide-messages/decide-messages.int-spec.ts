import type { Decision, MessageOutcome, MessageRun, RenderMessage } from '@mailrun/contracts';
import { PostgresRunReads } from '../../outbound/postgres/run-reads.postgres.js';
import { ReopenRuns } from '../settle-runs/reopen-runs.use-case.js';
import { EngineHarness, EngineReplica, ours } from '../../testing/engine.harness.js';
import { withEngine } from '../../testing/with-engine.js';

describe('deciding about uncertain messages', () => {
  let engine: EngineHarness;
  let run: MessageRun;
  let fed: readonly RenderMessage[];
  withEngine(async (opened) => {
    engine = opened;
    await engine.seedMany(4);
    run = await engine.started();
    await engine.replica.feeding.feed();
    fed = engine.replica.fed();
    await hear(settle(0, 'sent'), ...[1, 2, 3].map((index) => settle(index, 'uncertain', unknown)));
    await engine.replica.settling.settleChanged();
  });
  afterEach(() => engine.assertCounters(run.id));

  const unknown = { reply: { code: 'smtp.outcome-unknown' } };
  const context = { tenantId: ours, actor: 'Ada' };
  const now = () => engine.reading.get(ours, run.id);
  const settle = (index: number, state: MessageOutcome['state'], more: Partial<MessageOutcome> = {}) =>
    engine.dispatcher.settle(fed[index]!, { state, ...more });
  const hear = (...outcomes: MessageOutcome[]) => engine.replica.hear(outcomes);
  const decideAll = (decision: Decision, request = {}) =>
    engine.deciding.decideAll(context, run.id, { decision, note: 'asked them', ...request });
  const decideOne = (index: number, decision: Decision) =>
    engine.deciding.decideOne(context, fed[index]!.messageId, { decision });
  const carryOut = async (replica = engine.replica) => {
    while (await replica.decisions.carryOutAll());
    await engine.replica.settling.settleAll();
  };

  it('does not keep the run from completing, and shows as waiting for a decision', async () => {
    expect(await now()).toMatchObject({
      state: 'completed',
      statusText: 'Completed, 3 uncertain.',
      waitsFor: [{ for: 'decision', messages: 3, until: null }],
    });
    expect(await engine.replica.workIndex.list('held')).toHaveLength(1);
  });

  it('treats all as sent, with who decided in the history, and the run stays completed', async () => {
    const { status, body } = await decideAll('treat-as-sent');
    expect({ status, body }).toMatchObject({
      status: 202,
      body: { messages: 3, run: { state: 'completed' } },
    });
    await carryOut();
    expect(await engine.messages(run.id)).toEqual({ sent: 4 });
    expect(await now()).toMatchObject({
      state: 'completed',
      statusText: 'Every message of the run is final or held for a decision.',
      decisions: [
        { decision: 'treat-as-sent', note: 'asked them', doneAt: expect.any(String), decided: 3, refused: 0 },
      ],
    });
    const history = await engine.service.database.inTenant(ours, (tx) =>
      tx.query(`select distinct code, detail from message_history where state = 'sent' and code is not null`),
    );
    expect(history).toEqual([{ code: 'decided.treat-as-sent', detail: 'Decided by Ada: asked them' }]);
    await expect(decideAll('send-again')).rejects.toMatchObject({ code: 'runs.nothing-uncertain' });
  });

  it('lets its run be running again when the process that was taken for dead brings news of it', async () => {
    const reads = new PostgresRunReads(engine.service.database);
    const { workIndex, runStore, signals } = engine.replica;
    const reopening = new ReopenRuns(engine.service.database, workIndex, reads, runStore, signals);
    await reopening.reopenAll();
    expect((await now()).state).toBe('completed');
    await hear(settle(1, 'deferred', { nextTryAt: new Date().toISOString() }));
    await reopening.reopenAll();
    expect(await now()).toMatchObject({ state: 'running', endedAt: null });
    await hear(settle(1, 'sent'));
    await engine.replica.settling.settleAll();
    expect(await now()).toMatchObject({ state: 'completed', statusText: 'Completed, 2 uncertain.' });
  });

  it('asks for news of what a completed run holds', async () => {
    settle(1, 'sent');
    await engine.makeWatchesDue();
    await engine.change(`update messages set updated_at = now() - interval '11 minutes'`);
    await engine.replica.watching.watch();
    expect(await engine.messages(run.id)).toEqual({ sent: 2, uncertain: 2 });
  });

  it('sends again, and the run is running until that is final', async () => {
    expect(await decideOne(1, 'send-again')).toMatchObject({
      body: { messages: 1, run: { state: 'running' } },
    });
    await engine.replica.settling.settleAll();
    expect((await now()).state).toBe('running');
    await carryOut();
    expect(await engine.messages(run.id)).toEqual({ sent: 1, deferred: 1, uncertain: 2 });
    expect((await now()).state).toBe('running');
    await hear(settle(1, 'sent'));
    await engine.replica.settling.settleAll();
    expect(await now()).toMatchObject({ state: 'completed', statusText: 'Completed, 2 uncertain.' });
    expect(engine.replica.fed()).toHaveLength(4);
  });

  it('says which could not be decided, and why, and completes again', async () => {
    engine.dispatcher.undecidable.set(`${fed[1]!.messageId}.1`, 'sealed-mail-lost');
    await decideAll('send-again');
    await carryOut();
    await hear(settle(2, 'sent'), settle(3, 'sent'));
    await engine.replica.settling.settleAll();
    expect(await now()).toMatchObject({
      state: 'completed',
      decisions: [
        {
          decided: 2,
          refused: 1,
          refusals: [
            { messageId: fed[1]!.messageId, copy: 1, code: 'sealed-mail-lost', nextStep: expect.any(String) },
          ],
        },
      ],
    });
    expect(await engine.messages(run.id)).toEqual({ sent: 3, uncertain: 1 });
  });

  it('takes one of two decisions at once, and tells the other which', async () => {
    const both = await Promise.allSettled([decideAll('treat-as-sent'), decideAll('send-again')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { reason } = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(reason).toMatchObject({
      code: 'runs.decided-already',
      message: expect.stringContaining('by Ada'),
    });
    await expect(decideOne(1, 'treat-as-sent')).rejects.toMatchObject({ code: 'runs.decided-already' });
  });

  it('takes one of two decisions about one message, and leaves the others to be decided', async () => {
    const both = await Promise.allSettled([decideOne(1, 'treat-as-sent'), decideOne(1, 'treat-as-sent')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await decideOne(2, 'treat-as-sent');
    await carryOut();
    expect(await engine.messages(run.id)).toEqual({ sent: 3, uncertain: 1 });
    await expect(decideOne(1, 'send-again')).rejects.toMatchObject({
      code: 'messages.not-uncertain',
      message: expect.stringContaining('The message is sent'),
    });
    const key = { ...context, idempotencyKey: 'k' };
    const request = { decision: 'treat-as-sent' as const };
    const twice = await Promise.all(
      [1, 2].map(() => engine.deciding.decideOne(key, fed[3]!.messageId, request)),
    );
    expect(JSON.parse(JSON.stringify(twice[1]!.body))).toEqual(JSON.parse(JSON.stringify(twice[0]!.body)));
  });

  it('is carried out once by two replicas, and again after one was killed in between', async () => {
    await decideAll('send-again');
    const other = new EngineReplica(engine);
    const [item] = await engine.replica.workIndex.list('decide');
    // Killed after the dispatcher decided, before the checkpoint moved.
    const { copies } = (await engine.replica.decisionStore.next(item!, 200))!;
    await engine.dispatcher.decideCopies(ours, { decision: 'send-again', detail: '' }, copies);
    await Promise.all([carryOut(), carryOut(other)]);
    expect(await engine.messages(run.id)).toEqual({ sent: 1, deferred: 3 });
    expect((await now()).decisions).toMatchObject([{ decided: 3, refused: 0 }]);
  });

  it('waits while the dispatcher is away', async () => {
    await decideAll('treat-as-sent');
    engine.dispatcher.isAway = true;
    await expect(engine.replica.decisions.carryOutAll()).rejects.toThrow('The dispatcher is away.');
    expect(await engine.messages(run.id)).toEqual({ sent: 1, uncertain: 3 });
    engine.dispatcher.isAway = false;
    await carryOut();
    expect(await engine.messages(run.id)).toEqual({ sent: 4 });
  });

  it('does not decide about what becomes uncertain later', async () => {
    await decideOne(1, 'send-again');
    await carryOut();
    await decideAll('treat-as-sent');
    await hear(settle(1, 'uncertain', { at: new Date(Date.now() + 60_000).toISOString() }));
    await carryOut();
    expect(await engine.messages(run.id)).toEqual({ sent: 3, uncertain: 1 });
  });

  it('sends nothing of a stopped run again, but lets it be treated as sent', async () => {
    await expect(engine.stopping.stop(context, run.id, undefined)).rejects.toMatchObject({
      code: 'runs.wrong-state',
    });
    await engine.resending.resend(context, fed[0]!.messageId, 'they miss it');
    await engine.stopping.stop(context, run.id, undefined);
    await engine.replica.stoppingMessages.stopAll();
    await engine.replica.settling.settleAll();
    expect(await now()).toMatchObject({ state: 'stopped', endedAt: expect.any(String) });
    await expect(decideAll('send-again')).rejects.toMatchObject({ code: 'runs.stopped' });
    await decideAll('treat-as-sent', { expectedMessages: 3 });
    await carryOut();
    expect(await engine.messages(run.id)).toEqual({ sent: 4 });
  });

  it('refuses another number than was seen, and what is not in the tenant’s mode', async () => {
    await expect(decideAll('treat-as-sent', { expectedMessages: 2 })).rejects.toMatchObject({
      code: 'runs.expected-messages-differ',
    });
    engine.settings.settings = { ...engine.settings.settings, mode: 'test' };
    await expect(decideAll('send-again')).rejects.toMatchObject({ code: 'runs.mode-changed' });
  });

  it('decides about an earlier copy where the newest one failed', async () => {
    await engine.resending.resend({ tenantId: ours }, fed[1]!.messageId, 'they miss it');
    await engine.replica.feeding.feed();
    const second = engine.replica.fed().at(-1)!;
    await hear(engine.dispatcher.settle(second, { state: 'failed', recipients: [] }));
    expect(await engine.messages(run.id)).toEqual({ sent: 1, uncertain: 3 });
    await decideOne(1, 'treat-as-sent');
    await carryOut();
    expect(await engine.messages(run.id)).toEqual({ sent: 2, uncertain: 2 });
  });
});

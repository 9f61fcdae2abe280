import type { MessageRun } from '@mailrun/contracts';
import { EngineHarness, EngineReplica, ours } from '../../testing/engine.harness.js';
import { withEngine } from '../../testing/with-engine.js';

describe('starting and stopping a run', () => {
  let engine: EngineHarness;
  let run: MessageRun;
  withEngine(async (opened) => {
    engine = opened;
    await engine.seedMany(600);
    run = await engine.prepared();
  });

  const now = () => engine.reading.get(ours, run.id);
  const stop = () => engine.stopping.stop({ tenantId: ours }, run.id, undefined);
  const named = (change: object = {}) => ({
    preparationId: run.preparationId!,
    expectedMessages: run.expectedMessages!,
    ...change,
  });
  const start = (change: object = {}) => engine.starting.start({ tenantId: ours }, run.id, named(change));

  it('starts exactly what is named, and refuses everything else with the difference', async () => {
    await expect(start({ expectedMessages: 599 })).rejects.toMatchObject({
      kind: 'conflict',
      code: 'runs.expected-messages-differ',
      message: expect.stringContaining('sends 600 messages, not 599'),
    });
    await expect(start({ preparationId: run.id })).rejects.toMatchObject({
      code: 'runs.preparation-changed',
    });
    engine.settings.settings = { ...engine.settings.settings, mode: 'test' };
    await expect(start()).rejects.toMatchObject({ code: 'runs.mode-changed' });
    engine.settings.settings = { ...engine.settings.settings, mode: 'live' };
    const answers = await Promise.allSettled([start(), start()]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await now()).toMatchObject({ state: 'running', rounds: [{ number: 1, state: 'running' }] });
  });

  it('answers the same start under the same key again', async () => {
    const context = { tenantId: ours, idempotencyKey: 'one' };
    const first = await engine.starting.start(context, run.id, named());
    expect(await engine.starting.start(context, run.id, named())).toMatchObject(first);
    const audit = await engine.service.database.inTenant(ours, (tx) =>
      tx.query(`select action from audit_entries where action = 'message-run.started'`),
    );
    expect(audit).toHaveLength(1);
  });

  it('answers the same start under the same key also when both come at once', async () => {
    const context = { tenantId: ours, idempotencyKey: 'one' };
    const both = await Promise.all([1, 2].map(() => engine.starting.start(context, run.id, named())));
    expect(both[0]!.body).toMatchObject({ id: run.id, state: 'running' });
    expect(both[1]!.body).toEqual(JSON.parse(JSON.stringify(both[0]!.body)));
  });

  it('tells the dispatcher each state until it confirms', async () => {
    await start();
    engine.dispatcher.isAway = true;
    expect(await engine.replica.gates.tellAll()).toBe(false);
    engine.dispatcher.isAway = false;
    expect(await engine.replica.gates.tellAll()).toBe(true);
    expect(engine.dispatcher.gates.get(`${run.id}.1`)).toEqual({ round: 1, revision: 1, state: 'running' });
    expect(await engine.replica.workIndex.list('gate')).toEqual([]);
    await stop();
    await engine.replica.gates.tellAll();
    expect(engine.dispatcher.gates.get(`${run.id}.1`)).toEqual({ round: 1, revision: 2, state: 'stopped' });
  });

  it('stops what was never fed, has the dispatcher stop what was fed, and ends when all is final', async () => {
    await start();
    await engine.replica.feeding.feed();
    const fed = engine.replica.fed();
    const accepted = fed.slice(0, 3);
    await engine.replica.hear(accepted.map((copy) => engine.dispatcher.settle(copy, { state: 'accepted' })));
    // Accepted, but its news is on its way still: the dispatcher answers what it has.
    engine.dispatcher.settle(fed[3]!, { state: 'sent' });
    await stop();
    expect(await engine.replica.feeding.feed()).toBe(0);
    await engine.replica.stoppingMessages.stopAll();
    expect(await engine.messages(run.id)).toEqual({ accepted: 3, sent: 1, stopped: 596 });
    await engine.replica.settling.settleChanged();
    expect(await now()).toMatchObject({ state: 'stopped', why: 'stopping', endedAt: null });
    await engine.replica.hear(accepted.map((copy) => engine.dispatcher.settle(copy, { state: 'stopped' })));
    await engine.replica.settling.settleChanged();
    expect(await now()).toMatchObject({ state: 'stopped', why: null, endedAt: expect.any(String) });
    expect(await engine.replica.workIndex.list('run')).toEqual([]);
    await engine.assertCounters(run.id);
    const next = await engine.prepared();
    expect(next.expectedMessages).toBe(599);
  });

  it('stops while it is being fed: no batch is fed after the stop, and nothing stays behind', async () => {
    await start();
    const other = new EngineReplica(engine);
    const feeding = Promise.all([engine.replica.feeding.feed(), other.feeding.feed()]);
    await stop();
    const fedBefore = (await engine.messages(run.id))['queued'] ?? 0;
    await feeding;
    expect((await engine.messages(run.id))['queued'] ?? 0).toBe(fedBefore);
    await Promise.all([engine.replica.stoppingMessages.stopAll(), other.stoppingMessages.stopAll()]);
    await engine.replica.settling.settleAll();
    expect(await engine.messages(run.id)).toEqual({ stopped: 600 });
    expect((await now()).endedAt).not.toBeNull();
    await engine.assertCounters(run.id);
  });

  it('asks soon for what a stopped run had accepted, should the broker be down', async () => {
    await start();
    await engine.replica.feeding.feed();
    const copies = engine.replica.fed();
    await engine.replica.hear(copies.map((copy) => engine.dispatcher.settle(copy, { state: 'accepted' })));
    await stop();
    await engine.replica.stoppingMessages.stopAll();
    for (const copy of copies) engine.dispatcher.settle(copy, { state: 'stopped' });
    await engine.makeWatchesDue("check_at - interval '6 seconds'");
    await engine.change(`update messages set updated_at = updated_at - interval '6 seconds'`);
    await engine.replica.watching.watch();
    expect(await engine.messages(run.id)).toEqual({ stopped: 600 });
  });

  it('refuses acts that its state does not allow', async () => {
    await expect(stop()).rejects.toMatchObject({ code: 'runs.wrong-state' });
    await start();
    await stop();
    await expect(stop()).rejects.toMatchObject({ code: 'runs.wrong-state' });
    await expect(start()).rejects.toMatchObject({ code: 'runs.wrong-state' });
  });
});

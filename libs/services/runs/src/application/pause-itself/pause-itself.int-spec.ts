import type { MessageOutcome, MessageRun } from '@mailrun/contracts';
import { EngineHarness, EngineReplica, ours } from '../../testing/engine.harness.js';
import { withEngine } from '../../testing/with-engine.js';

describe('a run that pauses itself', () => {
  let engine: EngineHarness;
  let run: MessageRun;
  withEngine(async (opened) => {
    engine = opened;
    await engine.seedMany(210);
    run = await engine.started();
    await engine.replica.feeding.feed();
  });
  afterEach(() => engine.assertCounters(run.id));

  const now = () => engine.reading.get(ours, run.id);
  const settle = (
    [from, to]: readonly [number, number],
    state: MessageOutcome['state'],
    more: Partial<MessageOutcome> = {},
  ) =>
    engine.replica
      .fed()
      .slice(from, to)
      .map((copy) => engine.dispatcher.settle(copy, { state, ...more }));
  const failed = { reply: { code: 'smtp.recipient-refused' }, recipients: [] };
  const refused = { reply: { code: 'smtp.sender-refused' }, recipients: [] };
  const hear = async (outcomes: readonly MessageOutcome[], replica = engine.replica) => {
    await replica.hear(outcomes);
    await replica.failing.pauseAll();
  };
  const resume = () => engine.resuming.resume({ tenantId: ours }, run.id, {});

  it('does so when its template is quarantined, also when only some of many failures say so', async () => {
    const quarantined = { reply: { code: 'template.quarantined' }, recipients: [] };
    await hear([...settle([0, 1], 'failed', quarantined), ...settle([1, 120], 'failed', failed)]);
    expect(await now()).toMatchObject({
      state: 'paused',
      why: 'template-quarantined',
      statusText: expect.stringContaining('template'),
      nextStep: expect.stringContaining('publish'),
    });
    // What was said before the run was resumed does not pause it again; what is said after that does.
    await resume();
    await engine.replica.failing.pauseAll();
    expect(await now()).toMatchObject({ state: 'running' });
    await hear(settle([120, 121], 'failed', quarantined));
    expect(await now()).toMatchObject({ state: 'paused', why: 'template-quarantined' });
  });

  it('does so when the sender is refused, tells the dispatcher and the audit log, and can be resumed', async () => {
    await hear(settle([0, 1], 'deferred', refused));
    expect(await now()).toMatchObject({
      state: 'paused',
      why: 'sender-refused',
      nextStep: expect.stringContaining('Correct the sender'),
    });
    await engine.replica.gates.tellAll();
    expect(engine.dispatcher.gates.get(`${run.id}.1`)?.state).toBe('paused');
    const audit = await engine.service.database.inTenant(ours, (tx) =>
      tx.query(`select after from audit_entries where action = 'message-run.paused-itself'`),
    );
    expect(audit).toEqual([{ after: { state: 'paused', why: 'sender-refused' } }]);
    await resume();
    // A mail that was under way when it was paused tells the same, later: that is no news.
    await hear(settle([1, 2], 'failed', { ...refused, at: new Date(Date.now() - 60_000).toISOString() }));
    expect((await now()).state).toBe('running');
    await hear(settle([2, 3], 'failed', { ...refused, at: new Date(Date.now() + 1000).toISOString() }));
    expect((await now()).state).toBe('paused');
  });

  it('does so when more than half of its last hundred messages failed, and not before', async () => {
    await hear(settle([0, 49], 'sent'));
    await hear(settle([49, 99], 'failed', failed));
    expect((await now()).state).toBe('running');
    await hear(settle([99, 100], 'failed', failed));
    expect(await now()).toMatchObject({ state: 'paused', why: 'too-many-failed' });
    await resume();
    await hear(settle([100, 150], 'failed', failed));
    expect((await now()).state).toBe('running');
    const late = { at: new Date(Date.now() + 1000).toISOString() };
    await hear(settle([150, 210], 'sent', late));
    expect((await now()).state).toBe('running');
  });

  it('does not when nothing is left: it completes', async () => {
    const quarantined = { reply: { code: 'template.quarantined' }, recipients: [] };
    await hear(settle([0, 210], 'failed', quarantined));
    await engine.replica.settling.settleChanged();
    expect(await now()).toMatchObject({ state: 'completed', why: null });
  });

  it('counts replays once, and each replica counts what it heard itself', async () => {
    const outcomes = settle([0, 60], 'failed', failed);
    await hear(outcomes);
    await hear(outcomes);
    const other = new EngineReplica(engine);
    await hear(settle([60, 100], 'failed', failed), other);
    expect((await now()).state).toBe('running');
  });

  it('does so when the tenant’s mode changes, and goes on only in its own', async () => {
    await engine.replica.modes.pauseAll();
    expect((await now()).state).toBe('running');
    engine.settings.settings = { ...engine.settings.settings, mode: 'test' };
    await engine.replica.modes.pauseAll();
    expect(await now()).toMatchObject({ state: 'paused', why: 'mode-changed' });
    await expect(resume()).rejects.toMatchObject({ code: 'runs.mode-changed' });
    engine.settings.settings = { ...engine.settings.settings, mode: 'live' };
    await resume();
    expect((await now()).state).toBe('running');
  });

  it('leaves alone what was paused or stopped by a person meanwhile', async () => {
    await engine.pausing.pause({ tenantId: ours }, run.id, undefined);
    await hear(settle([0, 1], 'failed', { ...refused, at: new Date(Date.now() + 1000).toISOString() }));
    expect(await now()).toMatchObject({ state: 'paused', why: 'by-operator' });
  });
});

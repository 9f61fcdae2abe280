import { PostgresRestoredRuns } from '../../outbound/postgres/restored-runs.postgres.js';
import { EngineHarness, ours } from '../../testing/engine.harness.js';
import { withEngine } from '../../testing/with-engine.js';

describe('runs of a database that was restored from a backup', () => {
  const restoredTo = new Date('2026-11-20T03:00:00Z');
  let engine: EngineHarness;
  withEngine((opened) => {
    engine = opened;
  });

  const hold = async () => {
    while (await engine.replica.restored.holdAll());
  };
  const restore = () => new PostgresRestoredRuns(engine.service.database).mark(ours, restoredTo);

  it('hold as uncertain what may have left since, and publish nothing of it', async () => {
    await engine.seedMany(600);
    const run = await engine.started();
    await engine.replica.feeding.feed();
    const fed = engine.replica.fed();
    // What the backup knows of the dispatcher's side: some were accepted, one was sent.
    await engine.replica.hear(
      fed.slice(0, 3).map((copy) => engine.dispatcher.settle(copy, { state: 'accepted' })),
    );
    engine.dispatcher.settle(fed[3]!, { state: 'sent' });
    expect(await restore()).toEqual({
      runs: 1,
      messages: 597,
      drafts: 0,
      rounds: [{ runId: run.id, round: 1 }],
    });
    await hold();
    for (let rounds = 0; rounds < 3; rounds += 1) await engine.replica.feeding.feed();
    expect(engine.replica.fed()).toHaveLength(fed.length);
    expect(await engine.messages(run.id)).toEqual({ accepted: 3, sent: 1, uncertain: 596 });
    await engine.assertCounters(run.id);
  });

  it('agree with the dispatcher, whatever was said after the backup arrives late, before or after', async () => {
    await engine.seedMany(8);
    const run = await engine.started();
    await engine.replica.feeding.feed();
    const [sent, accepted, failed, open, later, decided, ...lost] = engine.replica.fed();
    const { dispatcher, replica } = engine;
    // After the backup, that is: nothing of it is in the dispatcher any more, and the bus still brings it.
    const said = [
      ...[sent!, accepted!, open!, later!].map((copy) => dispatcher.settle(copy, { state: 'accepted' })),
      ...[sent!, open!].map((copy) => dispatcher.settle(copy, { state: 'sent' })),
      dispatcher.settle(failed!, {
        state: 'failed',
        reply: { code: 'smtp.recipient-refused' },
        recipients: [],
      }),
      ...lost.map((copy) => dispatcher.settle(copy, { state: 'sent' })),
      dispatcher.settle(decided!, { state: 'uncertain' }),
      dispatcher.settle(decided!, { state: 'sent', reply: { code: 'decided.treat-as-sent' } }),
    ];
    dispatcher.outcomes.clear();
    // What the backup has: these were open, and are uncertain since the dispatcher was reconciled.
    for (const copy of [open!, decided!])
      dispatcher.settle(copy, { state: 'uncertain', revision: 1_000_000 });
    await replica.hear(said.slice(0, -3));
    expect(await restore()).toMatchObject({ runs: 1 });
    await hold();
    await replica.hear(said);
    expect(await engine.messages(run.id)).toEqual({ uncertain: 8 });
    for (const { messageId, copy } of replica.fed()) {
      expect(dispatcher.outcomes.get(`${messageId}.${copy}`)).toMatchObject({ state: 'uncertain' });
    }
    await engine.assertCounters(run.id);
    expect(await replica.workIndex.list('restored')).toEqual([]);

    await engine.deciding.decideAll({ tenantId: ours }, run.id, { decision: 'treat-as-sent' });
    while (await replica.decisions.carryOutAll());
    expect(await engine.messages(run.id)).toEqual({ sent: 8 });
    await engine.assertCounters(run.id);
  });

  it('are looked through also when late outcomes have ended them', async () => {
    await engine.seedMany(2);
    const run = await engine.started();
    await engine.replica.feeding.feed();
    const { dispatcher, replica } = engine;
    const said = replica.fed().map((copy) => dispatcher.settle(copy, { state: 'sent' }));
    dispatcher.outcomes.clear();
    await replica.hear(said);
    await replica.settling.settleAll();
    expect(await engine.reading.get(ours, run.id)).toMatchObject({ state: 'completed' });
    expect(await restore()).toMatchObject({ runs: 1, messages: 0 });
    await hold();
    expect(await engine.messages(run.id)).toEqual({ uncertain: 2 });
    expect(await replica.workIndex.list('held')).toMatchObject([{ runId: run.id }]);
    await engine.assertCounters(run.id);
  });

  it('hold as uncertain also what was never fed when they are stopped, and what is fed and not named yet', async () => {
    await engine.seedMany(600);
    const run = await engine.started();
    await engine.replica.feeding.feed();
    await restore();
    await engine.stopping.stop({ tenantId: ours }, run.id, undefined);
    await engine.replica.stoppingMessages.stopAll();
    await engine.replica.settling.settleAll();
    expect(await engine.messages(run.id)).toEqual({ uncertain: 600 });
    expect(await engine.reading.get(ours, run.id)).toMatchObject({ state: 'stopped', why: null });
    await engine.assertCounters(run.id);
    const claims = await engine.service.database.inTenant(ours, (tx) =>
      tx.query('select from invoice_claims'),
    );
    expect(claims).toHaveLength(600);
    await hold();
    expect(await engine.messages(run.id)).toEqual({ uncertain: 600 });
  });

  it('are looked through again when they are marked again meanwhile, and leave alone what never was fed', async () => {
    await engine.seedMany(3);
    const run = await engine.started();
    await restore();
    await engine.replica.restored.holdAll();
    await restore();
    await hold();
    expect(await engine.messages(run.id)).toEqual({ pending: 3 });
    await engine.assertCounters(run.id);
  });

  it('go back to drafts where they were prepared: they may have been started', async () => {
    await engine.seedMany(3);
    const run = await engine.prepared();
    expect(await restore()).toEqual({ runs: 0, messages: 0, drafts: 1, rounds: [] });
    expect(await engine.reading.get(ours, run.id)).toMatchObject({ state: 'draft', why: 'restored' });
    await expect(engine.start(run)).rejects.toMatchObject({ code: 'runs.wrong-state' });
    expect(await restore()).toEqual({ runs: 0, messages: 0, drafts: 0, rounds: [] });
  });
});

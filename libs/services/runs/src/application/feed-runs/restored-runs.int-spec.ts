import { jest } from '@jest/globals';
import { PostgresRestoredRuns } from '../../outbound/postgres/restored-runs.postgres.js';
import { EngineHarness, ours } from '../../testing/engine.harness.js';

jest.setTimeout(60_000);

describe('runs of a database that was restored from a backup', () => {
  const restoredTo = new Date('2026-11-20T03:00:00Z');
  let service: Awaited<ReturnType<typeof EngineHarness.openService>>;
  let engine: EngineHarness;
  beforeAll(async () => {
    service = await EngineHarness.openService();
  });
  beforeEach(async () => {
    engine = await EngineHarness.over(service);
  });
  afterAll(() => service.drop());

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
    expect(await restore()).toEqual({ runs: 1, messages: 597, drafts: 0 });
    await engine.replica.watching.watch();
    for (let rounds = 0; rounds < 3; rounds += 1) await engine.replica.feeding.feed();
    expect(engine.replica.fed()).toHaveLength(fed.length);
    expect(await engine.messages(run.id)).toEqual({ accepted: 3, sent: 1, uncertain: 596 });
    await engine.assertCounters(run.id);
  });

  it('go back to drafts where they were prepared: they may have been started', async () => {
    await engine.seedMany(3);
    const run = await engine.prepared();
    expect(await restore()).toEqual({ runs: 0, messages: 0, drafts: 1 });
    expect(await engine.reading.get(ours, run.id)).toMatchObject({ state: 'draft', why: 'restored' });
    await expect(engine.start(run)).rejects.toMatchObject({ code: 'runs.wrong-state' });
    expect(await restore()).toEqual({ runs: 0, messages: 0, drafts: 0 });
  });
});

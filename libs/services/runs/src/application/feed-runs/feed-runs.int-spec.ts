import { Outage } from '@mailrun/platform-errors';
import { EngineHarness, EngineReplica, ours, theirs } from '../../testing/engine.harness.js';
import { withEngine } from '../../testing/with-engine.js';
import { publishedDefinition } from '../../testing/published-definition.builder.js';

describe('feeding runs', () => {
  let engine: EngineHarness;
  withEngine((opened) => {
    engine = opened;
  });

  const codesFed = (replica = engine.replica) =>
    replica.fed().flatMap(({ invoices }) => invoices.map(({ code }) => code));

  it('publishes what was pinned, with the current password, and counts in the same transaction', async () => {
    engine.definitions.publish(publishedDefinition({ passwordKey: 'ZIP' }));
    await engine.seedMany(2);
    const run = await engine.prepared();
    await engine.change(`update customers set name = 'Changed later'`);
    await engine.start(run);
    expect(await engine.replica.feeding.feed()).toBe(2);
    const [first] = engine.replica.fed();
    expect(first).toMatchObject({
      copy: 1,
      pins: { key: expect.stringContaining(`pins/${ours}/${run.id}/`) },
      customer: { code: 'C1', name: 'Customer C1', clusterCode: 'ALL', locale: 'de-DE', metadata: {} },
      invoices: [
        { code: 'I-C1', number: 'N-I-C1', revision: 1, total: '13.80', data: { lines: [{ price: '6.90' }] } },
      ],
      recipients: [{ kind: 'to', address: 'c1@example.com' }],
      documents: [
        { transformationKey: 'invoice-pdf', contentType: 'application/pdf', fileName: 'invoice.pdf' },
      ],
      password: { keyId: 'k1' },
    });
    expect(engine.replica.bus.published.items[0]?.headers).toMatchObject({
      tenantId: ours,
      runId: run.id,
      round: 1,
      mode: 'live',
      fedAt: expect.any(String),
    });
    expect(await engine.messages(run.id)).toEqual({ queued: 2 });
    await engine.assertCounters(run.id);
  });

  it('lets one of two runs of the same invoices have each, also when both are fed together', async () => {
    await engine.seedMany(200);
    const [one, two] = [await engine.started(), await engine.started()];
    const other = new EngineReplica(engine);
    await Promise.all(
      [engine.replica, other].map(async (replica) => {
        while ((await replica.feeding.feed()) > 0);
      }),
    );
    const codes = [...codesFed(), ...codesFed(other)];
    expect(codes).toHaveLength(200);
    expect(new Set(codes).size).toBe(200);
    for (const { id } of [one, two]) await engine.assertCounters(id);
    const both = [await engine.messages(one.id), await engine.messages(two.id)];
    expect(both.reduce((sum, counts) => sum + (counts['queued'] ?? 0), 0)).toBe(200);
    expect(both.reduce((sum, counts) => sum + (counts['skipped'] ?? 0), 0)).toBe(200);
  });

  it('says of an invoice that another run has whether it was sent or is being sent', async () => {
    await engine.seedMany(2);
    const [one, two] = [await engine.started(), await engine.prepared()];
    await engine.replica.feeding.feed();
    const [sent] = engine.replica.fed();
    await engine.replica.hear([engine.dispatcher.settle(sent!, { state: 'sent' })]);
    await engine.start(two);
    await engine.replica.feeding.feed();
    expect(await engine.results(two.id)).toEqual({ 'I-C1': 'already-sent', 'I-C2': 'in-another-run' });
    await engine.replica.settling.settleChanged();
    await engine.replica.settling.settleAll();
    expect((await engine.reading.get(ours, two.id)).state).toBe('completed');
    const third = await engine.prepared();
    expect(await engine.results(third.id)).toEqual({ 'I-C1': 'already-sent', 'I-C2': 'in-another-run' });
    for (const { id } of [one, two, third]) await engine.assertCounters(id);
  });

  it('sends again what is final when an explicit list asks for it', async () => {
    await engine.seedMany(2);
    await engine.started();
    await engine.replica.feeding.feed();
    const [sent] = engine.replica.fed();
    await engine.replica.hear([engine.dispatcher.settle(sent!, { state: 'sent' })]);
    const selection = { invoiceCodes: ['I-C1', 'I-C2'] };
    const again = await engine.started({ selection, sendAgain: true });
    expect(await engine.results(again.id)).toEqual({ 'I-C1': 'pending', 'I-C2': 'in-another-run' });
    await engine.replica.feeding.feed();
    expect(await engine.results(again.id)).toEqual({ 'I-C1': 'queued', 'I-C2': 'in-another-run' });
    await engine.assertCounters(again.id);
  });

  it('lets a test run hold nothing and wait for nothing', async () => {
    await engine.seedMany(1);
    await engine.started();
    await engine.replica.feeding.feed();
    engine.settings.settings = { ...engine.settings.settings, mode: 'test' };
    const test = await engine.started();
    await engine.replica.feeding.feed();
    expect(await engine.results(test.id)).toEqual({ 'I-C1': 'queued' });
    expect(engine.replica.bus.published.items.at(-1)!.headers.mode).toBe('test');
  });

  it('skips what changed after it was prepared, and mails the rest of a collated message', async () => {
    engine.definitions.publish(publishedDefinition({ collate: true }));
    await engine.seed([
      { code: 'C1', invoices: [{ code: 'A1' }, { code: 'A2' }] },
      { code: 'C2', invoices: [{ code: 'B1' }] },
      { code: 'C3', invoices: [{ code: 'D1' }] },
    ]);
    const run = await engine.started();
    await engine.change(`update invoices set revision = 2 where code = 'A1'`);
    await engine.change(`update customers set suspended = true where code = 'C2'`);
    await engine.replica.feeding.feed();
    expect(await engine.results(run.id)).toEqual({
      A1: 'changed-since-prepare',
      A2: 'queued',
      B1: 'changed-since-prepare',
      D1: 'queued',
    });
    expect(codesFed()).toEqual(['A2', 'D1']);
    await engine.assertCounters(run.id);
  });

  it('feeds two replicas’ batches of one run without feeding a message twice', async () => {
    await engine.seedMany(300);
    const run = await engine.started();
    const other = new EngineReplica(engine);
    await Promise.all(
      [engine.replica, other, engine.replica, other].map((replica) => replica.feeding.feed()),
    );
    const ids = [...engine.replica.fed(), ...other.fed()].map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(300);
    await engine.assertCounters(run.id);
  });

  it('bounds what is under way, and goes on as it is accepted', async () => {
    await engine.seedMany(700);
    const run = await engine.started();
    expect(await engine.replica.feeding.feed()).toBe(500);
    expect(await engine.replica.feeding.feed()).toBe(0);
    const accepted = engine.replica.fed().slice(0, 400);
    await engine.replica.hear(accepted.map((copy) => engine.dispatcher.settle(copy, { state: 'accepted' })));
    expect(await engine.replica.feeding.feed()).toBe(200);
    expect(await engine.messages(run.id)).toEqual({ accepted: 400, queued: 300 });
    const feeds = await engine.service.database.inTenant(ours, (tx) =>
      tx.query('select messages_left as left, later_position as later from run_feeds'),
    );
    expect(feeds).toEqual([{ left: null, later: null }]);
  });

  it('shares the window among tenants', async () => {
    await engine.seedMany(600);
    await engine.seedMany(600, 'C', theirs);
    await engine.started();
    const run = await engine.prepared({}, theirs);
    await engine.start(run, theirs);
    await engine.replica.feeding.feed();
    expect(await engine.messages(run.id, theirs)).toEqual({ queued: 250, pending: 350 });
  });

  it('feeds again, after a while, what was committed and not published', async () => {
    await engine.seedMany(3);
    const run = await engine.started();
    engine.replica.bus.failure = new Outage('messaging.away', 'The broker is away.');
    await expect(engine.replica.feeding.feed()).rejects.toThrow('The broker is away.');
    engine.replica.bus.failure = undefined;
    expect(await engine.replica.feeding.feed()).toBe(0);
    await engine.replica.watching.watch();
    expect(engine.replica.fed()).toHaveLength(0);
    await engine.makeWatchesDue();
    await engine.replica.watching.watch();
    expect(codesFed()).toEqual(['I-C1', 'I-C2', 'I-C3']);
    await engine.replica.watching.watch();
    expect(engine.replica.fed()).toHaveLength(3);
    const [watch] = await engine.service.database.inTenant(ours, (tx) =>
      tx.query<{ seconds: number }>(
        `select max(extract(epoch from check_at - now()))::float8 as seconds from message_watches where feeds = 2`,
      ),
    );
    expect(watch!.seconds).toBeGreaterThan(25);
    expect(await engine.messages(run.id)).toEqual({ queued: 3 });
  });

  it('tries only some while the steps stand still, and the rest as soon as one of those is accepted', async () => {
    await engine.seedMany(300);
    const run = await engine.started();
    await engine.replica.feeding.feed();
    // Everything on its way was lost with a process; another one looks after it.
    const other = new EngineReplica(engine);
    const due = () => engine.makeWatchesDue();
    await due();
    await other.watching.watch();
    expect(other.fed()).toHaveLength(10);
    await due();
    await other.watching.watch();
    expect(other.fed()).toHaveLength(10);
    await other.hear([engine.dispatcher.settle(other.fed()[0]!, { state: 'accepted' })]);
    for (let rounds = 0; rounds < 2; rounds += 1) {
      await due();
      await other.watching.watch();
    }
    const ids = new Set(other.fed().map(({ messageId }) => messageId));
    await other.hear(
      [...ids].map((messageId) => engine.dispatcher.settle({ messageId, copy: 1 }, { state: 'accepted' })),
    );
    expect(await engine.messages(run.id)).toEqual({ accepted: 300 });
    await engine.assertCounters(run.id);
  });

  it('watches nothing any more that becomes final while its batch is looked at', async () => {
    await engine.seedMany(2);
    await engine.started();
    await engine.replica.feeding.feed();
    const [final, open] = engine.replica.fed().map(({ messageId }) => messageId);
    await engine.makeWatchesDue();
    const { database, owner } = engine.service;
    const [watching] = await database.inTenant(ours, async (tx) => {
      await tx.execute(`update messages set state = 'sent' where id = $1`, [final]);
      let hasEnded = false;
      const begun = engine.replica.watching.watch().finally(() => (hasEnded = true));
      const isWaiting = `select 1 as one from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      while (!hasEnded && (await owner.query(isWaiting)).length === 0);
      return [begun];
    });
    await watching;
    const watched = await database.inTenant(ours, (tx) =>
      tx.query('select message_id as id from message_watches', []),
    );
    expect(watched).toEqual([{ id: open }]);
  });

  it('feeds nothing of a run that is not running', async () => {
    await engine.seedMany(3);
    await engine.prepared();
    expect(await engine.replica.feeding.feed()).toBe(0);
    expect(engine.replica.fed()).toHaveLength(0);
  });
});

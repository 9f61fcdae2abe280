import type { BegunRound, MessageOutcome, MessageRun, RenderMessage } from '@mailrun/contracts';
import type { Answer } from '@mailrun/platform-persistence';
import { PostgresMessageReads } from '../../outbound/postgres/reads/message-reads.postgres.js';
import { ReadMessages } from '../read-messages/read-messages.use-case.js';
import { EngineHarness, EngineReplica, ours } from '../../testing/engine.harness.js';
import { withEngine } from '../../testing/with-engine.js';

describe('further copies of messages', () => {
  let engine: EngineHarness;
  let run: MessageRun;
  withEngine(async (opened) => {
    engine = opened;
    await engine.seed([
      { code: 'C1', invoices: [{ code: 'I1' }] },
      {
        code: 'C2',
        invoices: [{ code: 'I2' }],
        emails: [{ address: 'a@example.com' }, { address: 'b@example.com' }],
      },
      { code: 'C3', invoices: [{ code: 'I3' }] },
      { code: 'C4', invoices: [{ code: 'I4' }] },
    ]);
    run = await engine.started();
  });

  const context = { tenantId: ours };
  const now = () => engine.reading.get(ours, run.id);
  const feed = () => engine.replica.feeding.feed();
  const fed = (copy = 1): Record<string, RenderMessage> =>
    Object.fromEntries(
      engine.replica
        .fed()
        .filter((record) => record.copy === copy)
        .map((record) => [record.invoices[0]!.code, record]),
    );
  const settle = (
    record: RenderMessage | undefined,
    state: MessageOutcome['state'],
    more: Partial<MessageOutcome> = {},
  ) => engine.dispatcher.settle(record!, { state, ...more });
  const hear = (...outcomes: MessageOutcome[]) => engine.replica.hear(outcomes);
  const refused = { reply: { code: 'smtp.recipient-refused' }, recipients: [] };
  const bodyOf = ({ body }: Answer) => body as BegunRound;
  const retry = async (kind: 'retry-failed' | 'send-rest' = 'retry-failed', request = {}) =>
    bodyOf(await engine.retrying.retry(context, kind, run.id, request));
  const makeCopies = async () => {
    while (await engine.replica.copies.makeAll());
  };
  const resend = async (record: RenderMessage | undefined, key?: string) =>
    bodyOf(
      await engine.resending.resend(
        { ...context, ...(key !== undefined && { idempotencyKey: key }) },
        record!.messageId,
        'They ask for it',
      ),
    );
  /** Messages 1 sent, 2 partly sent (a@ reached), 3 and 4 failed; the run is completed. */
  const completed = async () => {
    await feed();
    const one = fed();
    await hear(
      settle(one['I1'], 'sent'),
      settle(one['I2'], 'partly-sent', {
        reply: { code: 'smtp.recipient-refused' },
        recipients: [
          { kind: 'to', address: 'a@example.com', state: 'accepted' },
          { kind: 'to', address: 'b@example.com', state: 'refused' },
        ],
      }),
      settle(one['I3'], 'failed', refused),
      settle(one['I4'], 'failed', refused),
    );
    await engine.replica.settling.settleChanged();
    expect((await now()).state).toBe('completed');
    return one;
  };
  afterEach(() => engine.assertCounters(run.id));

  it('retries what failed in a new round, to the addresses as they are now, without whom was reached', async () => {
    await completed();
    await engine.change(`update customer_emails set address = 'new@example.com'
      where customer_id = (select id from customers where code = 'C3')`);
    const begun = await retry();
    expect(begun).toMatchObject({
      round: 2,
      messages: 3,
      changedAddresses: {
        count: 1,
        first: [
          {
            customerCode: 'C3',
            before: [{ kind: 'to', address: 'c3@example.com' }],
            after: [{ kind: 'to', address: 'new@example.com' }],
          },
        ],
        withoutAddress: 0,
      },
      run: { state: 'running', endedAt: null, waitsFor: [{ for: 'round', messages: 3 }] },
    });
    await makeCopies();
    expect(await engine.results(run.id)).toEqual({ I1: 'sent', I2: 'pending', I3: 'pending', I4: 'pending' });
    expect(await feed()).toBe(3);
    const two = fed(2);
    const addresses = (code: string) => two[code]!.recipients.map(({ address }) => address);
    expect(addresses('I2')).toEqual(['b@example.com']);
    expect(addresses('I3')).toEqual(['new@example.com']);
    expect(engine.replica.bus.published.items.at(-1)!.headers).toMatchObject({ round: 2 });
    expect((await now()).rounds).toMatchObject([
      { number: 1, kind: 'first', state: 'running', messages: null },
      { number: 2, kind: 'retry-failed', state: 'running', messages: 3, leftOut: 0, isBeingMade: false },
    ]);
    await hear(settle(two['I2'], 'failed', refused), settle(two['I3'], 'sent'), settle(two['I4'], 'sent'));
    await engine.replica.settling.settleChanged();
    const messages = new ReadMessages(new PostgresMessageReads(engine.service.database), engine.dispatcher);
    const { copies, history } = await messages.detail(ours, two['I3']!.messageId);
    expect(
      copies.map(({ copy, round, state, recipients }) => ({ copy, round, state, of: recipients.length })),
    ).toEqual([
      { copy: 1, round: 1, state: 'failed', of: 0 },
      { copy: 2, round: 2, state: 'sent', of: 1 },
    ]);
    expect(history.map(({ copy, status }) => `${copy} ${status}`)).toEqual([
      '1 queued',
      '1 failed',
      '2 queued',
      '2 sent',
    ]);
    expect(await engine.results(run.id)).toEqual({
      I1: 'sent',
      I2: 'partly-sent:smtp.recipient-refused',
      I3: 'sent',
      I4: 'sent',
    });
    expect((await now()).state).toBe('completed');
  });

  it('tells the dispatcher of the new round, and feeds again what of it is lost, in its round', async () => {
    await completed();
    await retry();
    await engine.replica.gates.tellAll();
    expect(engine.dispatcher.gates.get(`${run.id}.2`)).toEqual({ round: 2, revision: 1, state: 'running' });
    await makeCopies();
    await feed();
    await engine.makeWatchesDue();
    const before = engine.replica.fed().length;
    await engine.replica.watching.watch();
    expect(engine.replica.fed()).toHaveLength(before + 3);
    const again = engine.replica.bus.published.items.at(-1)!;
    expect(again).toMatchObject({ headers: { round: 2 }, body: { copy: 2 } });
  });

  it('keeps the answer of one of two retries, and refuses the other with what it found', async () => {
    await completed();
    const both = await Promise.allSettled([retry(), retry()]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const loser = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(loser.reason).toMatchObject({ kind: 'conflict', code: 'runs.round-begun' });
    await makeCopies();
    await expect(retry()).rejects.toMatchObject({ code: 'runs.nothing-to-send' });
    await expect(retry('send-rest')).rejects.toMatchObject({ code: 'runs.nothing-to-send' });
    await expect(retry('retry-failed', { expectedMessages: 9 })).rejects.toMatchObject({
      code: 'runs.nothing-to-send',
    });
    expect((await now()).rounds).toHaveLength(2);
  });

  it('refuses a retry of another number than the one that was seen', async () => {
    await completed();
    await expect(retry('retry-failed', { expectedMessages: 2 })).rejects.toMatchObject({
      code: 'runs.expected-messages-differ',
      message: expect.stringContaining('would send 3 messages, not 2'),
    });
  });

  it('sends the rest of a stopped run when it has ended, and nothing of it before', async () => {
    await feed();
    const one = fed();
    await hear(settle(one['I1'], 'sent'), settle(one['I2'], 'accepted'));
    await engine.stopping.stop(context, run.id, undefined);
    await expect(retry('send-rest')).rejects.toMatchObject({ code: 'runs.still-stopping' });
    await engine.replica.stoppingMessages.stopAll();
    await hear(settle(one['I2'], 'stopped'));
    await engine.replica.settling.settleChanged();
    expect(await now()).toMatchObject({ state: 'stopped', endedAt: expect.any(String) });
    expect(await retry('send-rest')).toMatchObject({ round: 2, messages: 3, run: { state: 'running' } });
    await makeCopies();
    expect(await feed()).toBe(3);
    expect(engine.dispatcher.gates.get(`${run.id}.1`)?.state).not.toBe('running');
    const two = fed(2);
    await hear(...['I2', 'I3', 'I4'].map((code) => settle(two[code], 'sent')));
    await engine.replica.settling.settleChanged();
    expect(await engine.messages(run.id)).toEqual({ sent: 4 });
    expect(await now()).toMatchObject({
      state: 'completed',
      rounds: [{ state: 'stopped' }, { kind: 'send-rest', state: 'running' }],
    });
  });

  it('stops a round whose copies are being made, and leaves nothing behind', async () => {
    await completed();
    await retry();
    const other = new EngineReplica(engine);
    await Promise.all([
      engine.replica.copies.makeAll(),
      other.copies.makeAll(),
      engine.stopping.stop(context, run.id, undefined),
    ]);
    await makeCopies();
    await engine.replica.stoppingMessages.stopAll();
    await engine.replica.settling.settleAll();
    const results = await engine.results(run.id);
    // Whoever was first: a copy that was made is stopped, and who was reached stays reached.
    expect(results).toMatchObject({ I1: 'sent', I2: expect.stringMatching(/^partly-sent/) });
    expect(results['I3']).toMatch(/^stopped:run-stopped|^failed/);
    expect(await now()).toMatchObject({ state: 'stopped', endedAt: expect.any(String) });
  });

  it('has one outcome when it is stopped and retried at the same time, and says which', async () => {
    await feed();
    const one = fed();
    await hear(settle(one['I1'], 'failed', refused), settle(one['I2'], 'accepted'));
    const stop = () => engine.stopping.stop(context, run.id, undefined);
    const [retried, stopped] = await Promise.allSettled([retry(), stop()]);
    expect(stopped.status).toBe('fulfilled');
    // The retry came first and was stopped with all the rest, or it came too late and is told so.
    if (retried.status === 'rejected') expect(retried.reason).toMatchObject({ code: 'runs.still-stopping' });
    const { state, rounds } = await now();
    expect(state).toBe('stopped');
    expect(rounds.map((round) => round.state)).toEqual(rounds.map(() => 'stopped'));
    await makeCopies();
    expect(await feed()).toBe(0);
  });

  it('makes each copy once, whoever makes them', async () => {
    await completed();
    await retry();
    const other = new EngineReplica(engine);
    await Promise.all([engine.replica, other, engine.replica, other].map(({ copies }) => copies.makeAll()));
    await makeCopies();
    await Promise.all([feed(), other.feeding.feed()]);
    const copies = [...engine.replica.fed(), ...other.fed()].filter(({ copy }) => copy > 1);
    expect(copies.map(({ copy }) => copy)).toEqual([2, 2, 2]);
    expect(new Set(copies.map(({ messageId }) => messageId)).size).toBe(3);
  });

  it('leaves out whom no address is left for, and says so', async () => {
    await completed();
    await engine.change(
      `delete from customer_emails where customer_id = (select id from customers where code = 'C4')`,
    );
    expect(await retry()).toMatchObject({ changedAddresses: { withoutAddress: 1 } });
    await makeCopies();
    expect(await engine.results(run.id)).toMatchObject({ I4: 'failed:smtp.recipient-refused' });
    expect((await now()).rounds[1]).toMatchObject({ messages: 2, leftOut: 1 });
  });

  describe('of one message', () => {
    it('go to all of its addresses, and what was sent stays sent', async () => {
      const one = await completed();
      const begun = await resend(one['I1']);
      expect(begun).toMatchObject({ round: 2, messages: 1, run: { state: 'running' } });
      expect(await feed()).toBe(1);
      const two = fed(2);
      expect(two['I1']!.recipients).toEqual([{ kind: 'to', address: 'c1@example.com' }]);
      await hear(settle(two['I1'], 'failed', refused));
      expect(await engine.results(run.id)).toMatchObject({ I1: 'sent' });
      await engine.replica.settling.settleChanged();
      expect((await now()).state).toBe('completed');
      const again = await resend(one['I2']);
      await feed();
      expect(fed(2)['I2']!.recipients).toHaveLength(2);
      expect(again.round).toBe(3);
    });

    it('are made once for the same key, and refused without one while the first is under way', async () => {
      const one = await completed();
      const [first, second] = await Promise.all([resend(one['I1'], 'k1'), resend(one['I1'], 'k1')]);
      expect(second.round).toBe(first.round);
      await expect(resend(one['I1'])).rejects.toMatchObject({
        code: 'messages.wrong-state',
        message: expect.stringContaining('A message that is pending'),
      });
      const both = await Promise.allSettled([resend(one['I3']), resend(one['I3'])]);
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect((await now()).rounds).toHaveLength(3);
    });

    it('are refused when nobody is left to get them, and change nothing', async () => {
      const one = await completed();
      await engine.change('delete from customer_emails');
      await expect(resend(one['I1'])).rejects.toMatchObject({ kind: 'rule', code: 'messages.no-address' });
      expect(await now()).toMatchObject({ state: 'completed', rounds: [{ number: 1 }] });
    });

    it('do not go out when the invoice changed meanwhile, and what was sent stays sent', async () => {
      const one = await completed();
      await resend(one['I1']);
      await engine.change(`update invoices set revision = 2 where code = 'I1'`);
      expect(await feed()).toBe(1);
      expect(fed(2)).toEqual({});
      expect(await engine.results(run.id)).toMatchObject({ I1: 'sent' });
      await engine.replica.settling.settleAll();
      expect((await now()).state).toBe('completed');
    });

    it('stay uncertain where the copy before may have arrived, and are sent when that is known', async () => {
      await feed();
      const one = fed();
      const unknown = { reply: { code: 'smtp.outcome-unknown' } };
      await hear(settle(one['I1'], 'uncertain', unknown), settle(one['I2'], 'uncertain', unknown));
      await resend(one['I1']);
      await feed();
      await hear(settle(fed(2)['I1'], 'failed', refused));
      expect(await engine.results(run.id)).toMatchObject({ I1: 'uncertain' });
      await resend(one['I2']);
      // News of copy 1 while copy 2 is on its way: it shows when copy 2 has failed.
      await hear(settle(one['I1'], 'sent'), settle(one['I2'], 'sent'));
      expect(await engine.results(run.id)).toMatchObject({ I1: 'sent', I2: 'pending' });
      await feed();
      await hear(settle(fed(2)['I2'], 'failed', refused));
      expect(await engine.results(run.id)).toMatchObject({ I2: 'sent' });
    });

    it('are failed when the copy before turns out to have failed as well', async () => {
      await feed();
      const one = fed();
      await hear(settle(one['I1'], 'uncertain'));
      await resend(one['I1']);
      await feed();
      await hear(settle(fed(2)['I1'], 'failed', refused));
      const late = settle(one['I1'], 'failed', refused);
      await hear(late, late);
      expect(await engine.results(run.id)).toMatchObject({ I1: 'failed:smtp.recipient-refused' });
      const next = await engine.prepared();
      expect(await engine.results(next.id)).toMatchObject({ I1: 'pending', I2: 'in-another-run' });
    });
  });

  describe('of a paused run', () => {
    it('let it pause itself again also when only a mail waits that the dispatcher has', async () => {
      const one = await completed();
      await resend(one['I1']);
      await feed();
      await hear(settle(fed(2)['I1'], 'accepted'));
      await engine.pausing.pause(context, run.id, undefined);
      await resend(one['I3']);
      await feed();
      await hear(settle(fed(2)['I3'], 'sent'));
      await engine.replica.settling.settleAll();
      expect(await now()).toMatchObject({ state: 'paused', why: 'rest-waits' });
      await engine.resuming.resume(context, run.id, {});
      await hear(settle(fed(2)['I1'], 'sent'));
      await engine.replica.settling.settleAll();
      expect((await now()).state).toBe('completed');
    });

    it('are sent, while all that waited before goes on waiting until it is resumed', async () => {
      await feed();
      await engine.seedMany(3, 'X');
      run = await engine.started({ selection: { invoiceCodes: ['I-X1', 'I-X2', 'I-X3'] } });
      await engine.stopping.stop(context, run.id, undefined);
      await engine.replica.stoppingMessages.stopAll();
      await engine.replica.settling.settleAll();
      const message = async (code: string) =>
        (
          await engine.service.database.inTenant(ours, (tx) =>
            tx.query<{ id: string }>(
              `select r.message_id as id from message_results r join invoices i on i.id = r.invoice_id
               where r.run_id = $1 and i.code = $2`,
              [run.id, code],
            ),
          )
        )[0]!.id;
      await retry('send-rest');
      await makeCopies();
      await engine.pausing.pause(context, run.id, undefined);
      await engine.change(`update messages set state = 'failed' where id = $1`, [await message('I-X3')]);
      await engine.change(
        `update run_counters set count = count - 1 where preparation_id = $1 and status = 'pending'
           and shard = (select min(shard) from run_counters where preparation_id = $1 and status = 'pending' and count > 0)`,
        [run.preparationId],
      );
      await engine.change(
        `insert into run_counters (tenant_id, preparation_id, unit, status, reason, shard, count)
         select $1, $2, unit, 'failed', '', 99, 1 from unnest(array['invoices', 'messages']) as u (unit)`,
        [ours, run.preparationId],
      );
      await engine.assertCounters(run.id);
      expect(await retry()).toMatchObject({ round: 3, messages: 1, run: { state: 'running' } });
      await makeCopies();
      expect(await feed()).toBe(1);
      expect(await feed()).toBe(0);
      expect(await engine.messages(run.id)).toEqual({ queued: 1, pending: 2 });
      await engine.replica.gates.tellAll();
      const gates = [1, 2, 3].map((round) => engine.dispatcher.gates.get(`${run.id}.${round}`)?.state);
      expect(gates).toEqual(['stopped', 'paused', 'running']);
      await engine.replica.hear([settle(engine.replica.fed().at(-1), 'sent')]);
      await engine.replica.settling.settleAll();
      expect(await now()).toMatchObject({ state: 'paused', why: 'rest-waits' });
      await engine.resuming.resume(context, run.id, {});
      expect(await feed()).toBe(2);
    });
  });

  describe('after the sealed mail was lost', () => {
    const lost = { reply: { code: 'sealed-mail-lost' } };

    it('are made by themselves in the same round, and the run waits for them', async () => {
      await feed();
      const one = fed();
      await hear(
        settle(one['I1'], 'failed', lost),
        settle(one['I2'], 'partly-sent', {
          ...lost,
          recipients: [
            { kind: 'to', address: 'a@example.com', state: 'accepted' },
            { kind: 'to', address: 'b@example.com', state: 'refused' },
          ],
        }),
        settle(one['I3'], 'sent'),
        settle(one['I4'], 'sent'),
      );
      await engine.replica.settling.settleAll();
      expect((await now()).state).toBe('running');
      await makeCopies();
      expect(await feed()).toBe(2);
      const two = fed(2);
      expect(two['I2']!.recipients).toEqual([{ kind: 'to', address: 'b@example.com' }]);
      expect(engine.replica.bus.published.items.at(-1)!.headers).toMatchObject({ round: 1 });
      await hear(settle(two['I1'], 'sent'), settle(two['I2'], 'sent'));
      await engine.replica.settling.settleAll();
      expect(await now()).toMatchObject({ state: 'completed', rounds: [{ number: 1 }] });
      expect(await engine.messages(run.id)).toEqual({ sent: 4 });
    });

    it('are not made for ever, nor in a round that was stopped', async () => {
      await feed();
      for (let copy = 1; copy <= 5; copy += 1) {
        await hear(settle(fed(copy)['I1'], 'failed', lost));
        await makeCopies();
        await feed();
      }
      expect(fed(6)).toEqual({});
      expect(await engine.results(run.id)).toMatchObject({ I1: 'failed:sealed-mail-lost' });
      await hear(settle(fed()['I2'], 'failed', lost));
      await engine.stopping.stop(context, run.id, undefined);
      await makeCopies();
      expect(await engine.results(run.id)).toMatchObject({ I2: 'failed:sealed-mail-lost' });
    });
  });
});

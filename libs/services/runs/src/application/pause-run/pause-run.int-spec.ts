import type { MessageRun } from '@mailrun/contracts';
import { CountWaits } from '../count-waits/count-waits.use-case.js';
import { NoEngineObserver } from '../ports/engine-observer.port.js';
import { PostgresRunReads } from '../../outbound/postgres/run-reads.postgres.js';
import { EngineHarness, ours } from '../../testing/engine.harness.js';
import { withEngine } from '../../testing/with-engine.js';

describe('pausing and resuming a run', () => {
  let engine: EngineHarness;
  let run: MessageRun;
  withEngine(async (opened) => {
    engine = opened;
    await engine.seedMany(600);
    run = await engine.started();
  });

  const context = { tenantId: ours };
  const now = () => engine.reading.get(ours, run.id);
  const pause = () => engine.pausing.pause(context, run.id, 'lunch');
  const resume = () => engine.resuming.resume(context, run.id, {});
  /** Out of the way of another run. */
  const stopAll = async () => {
    await engine.stopping.stop(context, run.id, undefined);
    await engine.replica.stoppingMessages.stopAll();
    await engine.replica.settling.settleAll();
  };
  const gate = async () => {
    await engine.replica.gates.tellAll();
    return engine.dispatcher.gates.get(`${run.id}.1`);
  };

  it('feeds nothing more, tells the dispatcher, and says that a person must resume it', async () => {
    await engine.replica.feeding.feed();
    await pause();
    expect(await engine.replica.feeding.feed()).toBe(0);
    expect(await gate()).toEqual({ round: 1, revision: 2, state: 'paused' });
    expect(await now()).toMatchObject({
      state: 'paused',
      why: 'by-operator',
      nextStep: 'Resume or stop it.',
      rounds: [{ number: 1, state: 'paused' }],
      waitsFor: [{ for: 'resume', messages: 600, until: null }],
    });
    expect(await engine.replica.workIndex.list('event')).toHaveLength(1);
  });

  it('counts for the metric what waits for what, over all runs', async () => {
    await engine.replica.feeding.feed();
    const counted: Record<string, number>[] = [];
    class Observer extends NoEngineObserver {
      override waiting(messages: ReadonlyMap<string, number> = new Map()): void {
        counted.push(Object.fromEntries(messages));
      }
    }
    const waits = new CountWaits(
      engine.replica.workIndex,
      new PostgresRunReads(engine.service.database),
      engine.serverPauses,
      new Observer(),
    );
    await waits.count();
    const [first] = engine.replica.fed();
    await engine.replica.hear([engine.dispatcher.settle(first!, { state: 'accepted' })]);
    await waits.count();
    engine.serverPauses.paused.set(run.id, 'main');
    await waits.count();
    await pause();
    await waits.count();
    expect(counted).toEqual([
      { turn: 100, sealing: 500 },
      { turn: 100, sealing: 499, 'mail-server': 1 },
      { turn: 100, sealing: 499, 'server-resume': 1 },
      { resume: 600 },
    ]);
  });

  it('keeps what it hears of conversations that had begun, and does not end before it is resumed', async () => {
    await engine.replica.feeding.feed();
    await pause();
    const [first, second] = engine.replica.fed();
    await engine.replica.hear([
      engine.dispatcher.settle(first!, { state: 'sent' }),
      engine.dispatcher.settle(second!, { state: 'accepted' }),
    ]);
    await engine.replica.settling.settleAll();
    expect(await now()).toMatchObject({ state: 'paused' });
    expect(await engine.messages(run.id)).toMatchObject({ sent: 1, accepted: 1 });
  });

  it('goes on where it was when it is resumed, with a note of both in the audit log', async () => {
    await engine.replica.feeding.feed();
    await pause();
    await resume();
    expect(await gate()).toEqual({ round: 1, revision: 3, state: 'running' });
    const copies = engine.replica.fed();
    await engine.replica.hear(copies.map((copy) => engine.dispatcher.settle(copy, { state: 'sent' })));
    expect(await engine.replica.feeding.feed()).toBe(100);
    expect(await engine.messages(run.id)).toEqual({ sent: 500, queued: 100 });
    await engine.assertCounters(run.id);
    const audit = await engine.service.database.inTenant(ours, (tx) =>
      tx.query<{ action: string; before: object; after: object }>(
        `select action, before, after from audit_entries where subject = $1 order by id`,
        [`message-run/${run.id}`],
      ),
    );
    expect(audit.slice(-2)).toEqual([
      {
        action: 'message-run.paused',
        before: { state: 'running', why: null },
        after: { state: 'paused', why: 'by-operator', note: 'lunch' },
      },
      {
        action: 'message-run.resumed',
        before: { state: 'paused', why: 'by-operator' },
        after: { state: 'running', why: null },
      },
    ]);
  });

  it('feeds the first messages only, and pauses itself when they were tried', async () => {
    await stopAll();
    run = await engine.prepared({ selection: { invoiceCodes: ['I-C1', 'I-C2', 'I-C3', 'I-C4', 'I-C5'] } });
    const { preparationId, expectedMessages } = run;
    await engine.starting.start(context, run.id, {
      preparationId: preparationId!,
      expectedMessages: expectedMessages!,
      firstMessages: 2,
    });
    const ofRun = () => engine.replica.fed().length;
    await engine.replica.feeding.feed();
    await engine.replica.feeding.feed();
    expect(ofRun()).toBe(2);
    await engine.replica.settling.settleAll();
    expect((await now()).state).toBe('running');
    const hear = (index: number, state: 'sent' | 'deferred') =>
      engine.replica.hear([engine.dispatcher.settle(engine.replica.fed()[index]!, { state })]);
    await hear(0, 'sent');
    await hear(1, 'deferred');
    await engine.replica.settling.settleAll();
    expect(await now()).toMatchObject({
      state: 'paused',
      why: 'first-messages-sent',
      waitsFor: [{ for: 'resume', messages: 4 }],
    });
    expect(await gate()).toMatchObject({ state: 'paused' });
    await engine.resuming.resume(context, run.id, { firstMessages: 1 });
    await engine.replica.feeding.feed();
    await engine.replica.feeding.feed();
    expect(ofRun()).toBe(3);
    await hear(2, 'sent');
    await engine.replica.settling.settleAll();
    expect(await now()).toMatchObject({ state: 'paused', why: 'first-messages-sent' });
    await resume();
    await engine.replica.feeding.feed();
    expect(ofRun()).toBe(5);
    await engine.assertCounters(run.id);
  });

  it('does not pause for the first messages when there are no others', async () => {
    await stopAll();
    run = await engine.prepared({ selection: { invoiceCodes: ['I-C1', 'I-C2'] } });
    await engine.starting.start(context, run.id, {
      preparationId: run.preparationId!,
      expectedMessages: run.expectedMessages!,
      firstMessages: 2,
    });
    await engine.replica.feeding.feed();
    const copies = engine.replica.fed().slice(-2);
    await engine.replica.hear(copies.map((copy) => engine.dispatcher.settle(copy, { state: 'deferred' })));
    await engine.replica.settling.settleAll();
    expect((await now()).state).toBe('running');
  });

  it('stops a paused run, for good', async () => {
    await engine.replica.feeding.feed();
    await pause();
    await engine.stopping.stop(context, run.id, undefined);
    expect(await gate()).toMatchObject({ revision: 3, state: 'stopped' });
    await engine.replica.stoppingMessages.stopAll();
    await engine.replica.settling.settleChanged();
    expect(await engine.messages(run.id)).toEqual({ stopped: 600 });
    await expect(resume()).rejects.toMatchObject({ kind: 'conflict', code: 'runs.wrong-state' });
    expect((await gate())?.state).toBe('stopped');
  });

  it('refuses to go on in another mode than the one in which it was prepared', async () => {
    await pause();
    engine.settings.settings = { ...engine.settings.settings, mode: 'test' };
    await expect(resume()).rejects.toMatchObject({ code: 'runs.mode-changed' });
    expect((await now()).state).toBe('paused');
  });

  it('lets one of two at the same time win, and tells the other the state that it found', async () => {
    const pauses = await Promise.allSettled([pause(), pause()]);
    expect(pauses.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = pauses.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({
      message: "A run that is paused can't be paused; it must be running.",
    });
    const resumes = await Promise.allSettled([resume(), resume()]);
    expect(resumes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await gate())?.revision).toBe(3);
    const mixed = await Promise.allSettled([engine.stopping.stop(context, run.id, undefined), pause()]);
    expect(mixed[0].status).toBe('fulfilled');
    expect(await now()).toMatchObject({ state: 'stopped', rounds: [{ state: 'stopped' }] });
  });
});

import { jest } from '@jest/globals';
import { Outage } from '@mailrun/platform-errors';
import { RecordingBus } from '@mailrun/platform-messaging/testing';
import { settleAttempt } from '../../domain/settle-attempt.js';
import { claimedMail } from '../../testing/claimed-mail.builder.js';
import {
  InMemoryLedger,
  InMemoryMailIntake,
  InMemoryMailQueue,
  InMemoryOutcomeStore,
  InMemoryTenantModes,
} from '../../testing/in-memory-ledger.js';
import { mailToAccept, newId } from '../../testing/mail-to-accept.builder.js';
import { NoObserver } from '../ports/dispatch-observer.port.js';
import type { Committed, FinishedAttempt, GroupCommit } from '../ports/mail-queue.port.js';
import { PublishOutcomes } from '../publish-outcomes/publish-outcomes.js';
import { GroupCommitter } from './group-committer.js';
import type { ClaimedMail } from '../../domain/mail.js';

/** A queue whose commits can be held up and can fail. */
class HeldQueue extends InMemoryMailQueue {
  readonly works: GroupCommit[] = [];
  failures: Error[] = [];
  refuses: (work: GroupCommit) => boolean = () => false;
  heldUp = Promise.resolve();
  letGo = () => {};

  override async commit(work: GroupCommit): Promise<Committed> {
    this.works.push(work);
    await this.heldUp;
    await new Promise((turn) => setImmediate(turn));
    const failure = this.failures.shift();
    if (failure) throw failure;
    if (this.refuses(work)) throw new Error('A value that the database refuses.');
    return super.commit(work);
  }
}

const ledger = new InMemoryLedger();
const tenantId = newId();
const runId = newId();
let queue: HeldQueue;
let bus: RecordingBus;
let publisher: PublishOutcomes;
let committer: GroupCommitter;

beforeEach(async () => {
  queue = new HeldQueue(ledger);
  bus = new RecordingBus();
  publisher = new PublishOutcomes(bus, new InMemoryOutcomeStore(ledger), new NoObserver());
  committer = new GroupCommitter(queue, publisher, new NoObserver());
  await new InMemoryTenantModes(ledger).put(tenantId, 'live', 1);
});

afterEach(async () => {
  jest.useRealTimers();
  await publisher.drain();
});
/** Until the end of the test, time passes only as the test says; turns of the event loop are real. */
const holdTime = () => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });

async function claimed(count: number): Promise<ClaimedMail[]> {
  await new InMemoryMailIntake(ledger).accept(
    Array.from({ length: count }, () => mailToAccept({ tenantId, runId })),
  );
  return queue.claim([{ tenantId, runId, serverKey: 'main', limit: count }], 60_000);
}
const sent = (mail: ClaimedMail): FinishedAttempt => ({
  mail,
  settlement: settleAttempt(
    mail,
    { ended: 'accepted', reply: { smtpCode: 250, text: 'ok' }, refused: [] },
    0.5,
  ),
  elapsedMs: 5,
});

it('lets only one of two claims of a mail send it, when a process has both', async () => {
  const [first] = await claimed(1);
  ledger.expireLeases(runId);
  await queue.recover(60_000);
  const [second] = await queue.claim([{ tenantId, runId, serverKey: 'main', limit: 1 }], 60_000);
  expect(second!.messageId).toBe(first!.messageId);
  const marked = await Promise.all([
    committer.commit(undefined, first!),
    committer.commit(undefined, second!),
  ]);
  expect(marked).toEqual([false, true]);
  const ended = await Promise.all([
    committer.commit(sent(second!), undefined),
    committer.commit(sent(first!), undefined),
  ]);
  expect(ended).toHaveLength(2);
  for (const { next, finished } of queue.works) expect(next.length + finished.length).toBeLessThanOrEqual(1);
});

it('writes what comes in one turn of the event loop in one transaction', async () => {
  const mails = await claimed(8);
  const marked = await Promise.all(mails.map((mail) => committer.commit(undefined, mail)));
  expect(marked).toEqual(Array(8).fill(true));
  expect(queue.works).toHaveLength(1);
});

it('keeps half of many connections out of a transaction, so that they take turns', async () => {
  const mails = await claimed(100);
  const sizes: number[] = [];
  const writes = mails.map((mail) => committer.commit(undefined, mail));
  for (const count of [1, 2]) {
    while (queue.works.length < count) await turn();
    sizes.push(queue.works.at(-1)!.next.length);
  }
  await Promise.all(writes);
  expect(sizes).toEqual([50, 50]);
});

it('begins a second transaction beside one that is not quick, when half of the connections wait', async () => {
  const mails = await marked(100);
  holdTime();
  queue.heldUp = new Promise((resolve) => (queue.letGo = resolve));
  const writes = mails.slice(0, 50).map((mail) => committer.commit(sent(mail), undefined));
  await turns(3);
  const others = mails.slice(50).map((mail) => committer.commit(sent(mail), undefined));
  jest.advanceTimersByTime(4);
  await turns(3);
  expect(queue.works.map(({ finished }) => finished.length)).toEqual([50]);
  jest.advanceTimersByTime(1);
  await turns(3);
  expect(queue.works.map(({ finished }) => finished.length)).toEqual([50, 50]);
  queue.letGo();
  await Promise.all([...writes, ...others]);
});

it('does not leave the other half waiting for a transaction that hangs, when nobody else comes', async () => {
  const mails = await marked(100);
  holdTime();
  queue.heldUp = new Promise((resolve) => (queue.letGo = resolve));
  const writes = mails.map((mail) => committer.commit(sent(mail), undefined));
  await turns(3);
  jest.advanceTimersByTime(5);
  await turns(3);
  expect(queue.works.map(({ finished }) => finished.length)).toEqual([50, 50]);
  queue.letGo();
  await Promise.all(writes);
});

it('gathers while a transaction is on its way, and leaves nothing behind', async () => {
  const mails = await claimed(60);
  const writes = mails.map(async (mail, i) => {
    await turns(i % 7);
    return committer.commit(undefined, mail);
  });
  expect(await Promise.all(writes)).toEqual(Array(60).fill(true));
  expect(queue.works.length).toBeLessThan(12);
  await committer.idle();
});

it('settles one mail and marks the next of the same connection together, and publishes the outcome', async () => {
  const [first, second] = await claimed(2);
  await committer.commit(undefined, first!);
  expect(await committer.commit(sent(first!), second!)).toBe(true);
  await publisher.drain();
  expect(bus.published.items.map(({ body }) => body)).toMatchObject([
    { messageId: first!.messageId, state: 'sent' },
  ]);
  expect(ledger.outbox.size).toBe(0);
});

it('waits an outage of the database out: what became of a mail is known nowhere else', async () => {
  const [mail] = await claimed(1);
  await committer.commit(undefined, mail!);
  queue.failures = [new Outage('database.away', 'away'), new Outage('database.away', 'away')];
  await committer.commit(sent(mail!), undefined);
  expect(ledger.rows.get(`${mail!.messageId}.1`)!.state).toBe('sent');
});

it('does not let an entry that the database refuses stop the others', async () => {
  const [bad, ...good] = await claimed(4);
  queue.refuses = ({ next }) => next.includes(bad!);
  const results = await Promise.allSettled([bad!, ...good].map((mail) => committer.commit(undefined, mail)));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
});

it('says no for a mail that is not ours any more', async () => {
  expect(await committer.commit(undefined, claimedMail())).toBe(false);
});

/** All are marked, in quick succession. */
async function marked(count: number): Promise<ClaimedMail[]> {
  const mails = await claimed(count);
  await Promise.all(mails.map((mail) => committer.commit(undefined, mail)));
  await committer.idle();
  queue.works.length = 0;
  return mails;
}
const turn = () => new Promise((resolve) => setImmediate(resolve));
async function turns(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) await turn();
}

it('waits a moment for others while many conversations end one after the other', async () => {
  const mails = await marked(100);
  holdTime();
  const writes = mails.slice(0, 4).map(async (mail, i) => {
    await turns(i);
    return committer.commit(sent(mail), undefined);
  });
  await turns(8);
  expect(queue.works).toEqual([]);
  jest.advanceTimersByTime(1);
  await Promise.all(writes);
  expect(queue.works.map(({ finished }) => finished.length)).toEqual([4]);
});

it('does not wait when half of the connections wait already', async () => {
  const mails = await marked(100);
  const writes = mails.slice(0, 50).map((mail) => committer.commit(sent(mail), undefined));
  await turn();
  expect(queue.works.map(({ finished }) => finished.length)).toEqual([50]);
  await Promise.all(writes);
});

it('does not wait for conversations that end seldom', async () => {
  const mails = await marked(3);
  const write = committer.commit(sent(mails[0]!), undefined);
  await turn();
  expect(queue.works).toHaveLength(1);
  await write;
});

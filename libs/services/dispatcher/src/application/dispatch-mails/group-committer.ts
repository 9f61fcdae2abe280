import { isOutage } from '@mailrun/platform-errors';
import { keyOfMail, type ClaimedMail } from '../../domain/mail.js';
import type { DispatchObserver } from '../ports/dispatch-observer.port.js';
import type { Committed, FinishedAttempt, MailQueue } from '../ports/mail-queue.port.js';
import type { PublishOutcomes } from '../publish-outcomes/publish-outcomes.js';
import { Pace } from './pace.js';

/** What one connection wants to be written: how its last mail ended, and which one it would send next. */
interface Entry {
  readonly finished: FinishedAttempt | undefined;
  readonly next: ClaimedMail | undefined;
  readonly resolve: (isMarked: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** More in one transaction gains nothing. */
const mostEntries = 500;
const longestRetryMs = 5_000;
/** Fewer are not worth a transaction of their own. */
const fewestEntries = 8;
/** How long entries wait for others. The shortest time that Node.js has. */
const lingerMs = 1;
/** A transaction that takes longer than this waits for the disk or a lock: another one can go beside it meanwhile. */
const quickMs = 5;

/**
 * Transactions for all connections together, so that the cost of a commit is shared, and no connection has more than
 * one mail that is not settled. A transaction costs more than its rows: where mails end quickly one after the other,
 * it waits a moment for more; where they do not, that would only cost time.
 *
 * While one is on its way, those that end meanwhile gather for the next. Each takes half of the connections at most:
 * one half talks to the mail server while the other half's transaction is on its way. Taking all, they would soon all
 * wait for the database at one time, and all for the mail server at another. A second transaction goes beside one that
 * is not quick, when half of the connections wait.
 */
export class GroupCommitter {
  private readonly entries: Entry[] = [];
  private readonly runs = new Set<Promise<void>>();
  /** Entries of transactions that are on their way. */
  private underWay = 0;
  private startedAt = 0;
  private readonly pace = new Pace();
  /** Mails that were marked, and whose conversations did not end yet. */
  private conversing = 0;
  private isStarting = false;
  private lingering: NodeJS.Timeout | undefined;

  constructor(
    private readonly queue: MailQueue,
    private readonly publisher: PublishOutcomes,
    private readonly observer: DispatchObserver,
  ) {}

  /**
   * Resolves when the transaction is committed, with whether `next` may be sent. An outage of the database is waited
   * out: what became of a mail is known nowhere else.
   */
  commit(finished: FinishedAttempt | undefined, next: ClaimedMail | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (finished && this.conversing > 0) this.conversing -= 1;
      this.pace.beat(performance.now());
      this.entries.push({ finished, next, resolve, reject });
      this.consider();
    });
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    await Promise.all(this.runs);
  }

  /** Begins a transaction, now or in a moment, if one should. */
  private consider(): void {
    const waiting = this.entries.length;
    if (waiting === 0 || this.isStarting) return;
    const doHalfWait = waiting >= this.conversing;
    if (this.runs.size === 0) {
      if (doHalfWait || this.pace.everyMs > lingerMs) this.start();
      else this.lingering ??= setTimeout(() => this.start(), lingerMs);
    } else if (this.runs.size === 1 && waiting >= fewestEntries && doHalfWait) {
      const ms = this.startedAt + quickMs - performance.now();
      if (ms <= 0) this.start();
      else this.lingering ??= setTimeout(() => this.lookAgain(), ms);
    }
  }

  private lookAgain(): void {
    this.lingering = undefined;
    this.consider();
  }

  private stopWaiting(): void {
    clearTimeout(this.lingering);
    this.lingering = undefined;
  }

  private start(): void {
    this.stopWaiting();
    this.isStarting = true;
    this.startedAt = performance.now();
    const run: Promise<void> = this.run()
      .catch((error: unknown) => this.observer.loopFailed({ loop: 'commit', error, isOutage: false }))
      .finally(() => {
        this.runs.delete(run);
        this.stopWaiting();
        this.consider();
      });
    this.runs.add(run);
  }

  private async run(): Promise<void> {
    // What ends in the same turn of the event loop travels together.
    await new Promise((turn) => setImmediate(turn));
    this.isStarting = false;
    const entries = this.take();
    this.underWay += entries.length;
    // The other half, if it waits already.
    this.consider();
    try {
      await this.write(entries);
    } finally {
      this.underWay -= entries.length;
    }
  }

  /** Half of the connections. */
  private get mostAtOnce(): number {
    const connections = this.entries.length + this.conversing + this.underWay;
    return Math.min(Math.max(Math.ceil(connections / 2), fewestEntries), mostEntries);
  }

  /**
   * The next entries, each mail named once. A process that lost its claim of a mail and claimed it again may have it
   * twice; in one transaction the two could not be told apart, in two the older token is refused.
   */
  private take(): Entry[] {
    const most = this.mostAtOnce;
    const named = new Set<string>();
    const taken: Entry[] = [];
    const left: Entry[] = [];
    for (const entry of this.entries) {
      const keys = [entry.finished?.mail, entry.next].flatMap((mail) => (mail ? [keyOfMail(mail)] : []));
      const fits = taken.length < most && !keys.some((key) => named.has(key));
      (fits ? taken : left).push(entry);
      if (fits) for (const key of keys) named.add(key);
    }
    this.entries.splice(0, this.entries.length, ...left);
    return taken;
  }

  private async write(entries: readonly Entry[]): Promise<void> {
    const told = this.publisher.takeTold();
    const work = {
      finished: entries.flatMap(({ finished }) => finished ?? []),
      next: entries.flatMap(({ next }) => next ?? []),
      told,
    };
    const startedAt = performance.now();
    let committed: Committed;
    try {
      committed = await this.untilNoOutage(() => this.queue.commit(work));
    } catch (error) {
      this.publisher.returnTold(told);
      await this.oneByOne(entries, error);
      return;
    }
    if (committed.settled) this.publisher.publish(committed.settled);
    this.conversing += committed.marked.size;
    for (const { next, resolve } of entries)
      resolve(next !== undefined && committed.marked.has(keyOfMail(next)));
    const seconds = (performance.now() - startedAt) / 1000;
    this.observer.committed({ finished: work.finished.length, marked: committed.marked.size, seconds });
  }

  /** One entry that the database refuses must not stop the others: each goes alone, and the bad one fails. */
  private async oneByOne(entries: readonly Entry[], error: unknown): Promise<void> {
    if (entries.length === 1) {
      entries[0]!.reject(error);
      return;
    }
    for (const entry of entries) await this.write([entry]);
  }

  private async untilNoOutage<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, longestRetryMs)) {
      try {
        return await work();
      } catch (error) {
        if (!isOutage(error)) throw error;
        this.observer.loopFailed({ loop: 'commit', error, isOutage: true });
        await new Promise((done) => setTimeout(done, delayMs));
      }
    }
  }
}

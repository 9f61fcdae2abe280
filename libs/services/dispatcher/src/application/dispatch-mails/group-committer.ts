import { isOutage } from '@mailrun/platform-errors';
import { keyOfMail, type ClaimedMail } from '../../domain/mail.js';
import type { DispatchObserver } from '../ports/dispatch-observer.port.js';
import type { Committed, FinishedAttempt, MailQueue } from '../ports/mail-queue.port.js';
import type { PublishOutcomes } from '../publish-outcomes/publish-outcomes.js';

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
/** So many gather while one transaction is on its way, before a second one goes beside it. */
const enoughForSecond = 8;

/**
 * Transactions for all connections together: while one is on its way, those that end meanwhile gather for the next.
 * So the cost of a commit is shared, and no connection has more than one mail that is not settled. When many have
 * gathered, a second transaction goes beside the first, so that neither the database nor we wait for the other.
 */
export class GroupCommitter {
  private readonly entries: Entry[] = [];
  private readonly runs = new Set<Promise<void>>();
  /** Of `runs`, those that will still look for entries. */
  private looking = 0;

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
      this.entries.push({ finished, next, resolve, reject });
      if (this.looking === 0 || (this.looking === 1 && this.entries.length >= enoughForSecond)) this.start();
    });
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    await Promise.all(this.runs);
  }

  private start(): void {
    this.looking += 1;
    const run: Promise<void> = this.run()
      .catch((error: unknown) => this.observer.loopFailed({ loop: 'commit', error, isOutage: false }))
      .finally(() => this.runs.delete(run));
    this.runs.add(run);
  }

  private async run(): Promise<void> {
    // What ends in the same turn of the event loop travels together.
    await new Promise((turn) => setImmediate(turn));
    try {
      while (this.entries.length >= (this.looking > 1 ? enoughForSecond : 1)) {
        await this.write(this.entries.splice(0, mostEntries));
      }
    } finally {
      // In the same turn as the last look: nobody may add an entry and rely on this run.
      this.looking -= 1;
    }
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

import { messageOutcome } from '@mailrun/contracts';
import { isOutage } from '@mailrun/platform-errors';
import { outgoing, type MessageBus } from '@mailrun/platform-messaging';
import type { CopyOutcome } from '../../domain/copy-outcome.js';
import type { DispatchObserver } from '../ports/dispatch-observer.port.js';
import type { OutboxEntry } from '../ports/mail-queue.port.js';
import type { OutcomeStore } from '../ports/outcome-store.port.js';

/** An outcome as a message for the bus. */
export const outcomeMessage = ({ tenantId, runId, round, mode, traceparent, outcome }: CopyOutcome) =>
  outgoing(
    messageOutcome,
    { tenantId, runId, round, mode, ...(traceparent === undefined ? {} : { traceparent }) },
    outcome,
  );

const mostInBatch = 500;
/** Beyond this, outcomes stay in the outbox only, for the sweep. */
const mostInMemory = 10_000;
/** Told outcomes that no group commit took along for this long are taken out by themselves. */
const tellMs = 200;

/**
 * The outbox's way out. What was just committed is published from memory, and its entries leave the outbox with the
 * next group commit; no transaction waits for the broker. What a crash or an outage left there is found by the sweep.
 */
export class PublishOutcomes {
  private pending: OutboxEntry[] = [];
  private pendingOutcomes = 0;
  private told: string[] = [];
  private running: Promise<void> | undefined;
  private sweeping: Promise<void> | undefined;
  private forgetTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: MessageBus,
    private readonly store: OutcomeStore,
    private readonly observer: DispatchObserver,
  ) {}

  /** Takes what is in the outbox; returns at once. */
  publish(entry: OutboxEntry): void {
    if (this.pendingOutcomes + entry.outcomes.length > mostInMemory) return;
    this.pending.push(entry);
    this.pendingOutcomes += entry.outcomes.length;
    this.running ??= this.run();
  }

  /** Publishes and waits for the broker. For outcomes that no outbox holds: the caller repeats its work on failure. */
  async publishNow(outcomes: readonly CopyOutcome[]): Promise<void> {
    if (outcomes.length > 0) await this.bus.publish(outcomes.map(outcomeMessage));
  }

  /** Publishes what lies in the outbox for longer than this. Answers how many it was. */
  async sweep(olderThanMs: number): Promise<number> {
    let swept = 0;
    for (;;) {
      const entries = await this.store.untold(olderThanMs, mostInBatch);
      if (entries.length === 0) return swept;
      const outcomes = entries.flatMap((one) => one.outcomes);
      for (let at = 0; at < outcomes.length; at += mostInBatch) {
        await this.publishNow(outcomes.slice(at, at + mostInBatch));
      }
      await this.store.forget(entries.map(({ entry }) => entry));
      swept += outcomes.length;
    }
  }

  /** Something lies in the outbox that was not given here: publishes it, without making the caller wait. */
  tellSoon(): void {
    this.sweeping = (this.sweeping ?? Promise.resolve())
      .then(() => this.sweep(0))
      .then(
        () => undefined,
        (error: unknown) =>
          this.observer.loopFailed({ loop: 'sweep-outbox', error, isOutage: isOutage(error) }),
      );
  }

  /** Entries that are safe with the broker, for the next group commit to take out of the outbox. */
  takeTold(): string[] {
    clearTimeout(this.forgetTimer);
    this.forgetTimer = undefined;
    return this.told.splice(0);
  }

  returnTold(told: readonly string[]): void {
    this.told.push(...told);
  }

  /** Resolves when all that was taken is published and out of the outbox, or left to the sweep. */
  async drain(): Promise<void> {
    await this.running;
    await this.sweeping;
    await this.forget();
  }

  private async run(): Promise<void> {
    while (this.pending.length > 0) {
      const batch = this.takeBatch();
      try {
        await this.publishNow(batch.flatMap(({ outcomes }) => outcomes));
        this.told.push(...batch.map(({ entry }) => entry));
        this.forgetTimer ??= setTimeout(() => void this.forget(), tellMs).unref();
      } catch (error) {
        // They are in the outbox: the sweep finds them when the broker is back.
        this.pending = [];
        this.pendingOutcomes = 0;
        this.observer.loopFailed({ loop: 'publish', error, isOutage: isOutage(error) });
      }
    }
    this.running = undefined;
  }

  /** Whole entries, at least one. */
  private takeBatch(): OutboxEntry[] {
    let count = 0;
    const end = this.pending.findIndex(({ outcomes }, at) => {
      count += outcomes.length;
      return at > 0 && count > mostInBatch;
    });
    const batch = this.pending.splice(0, end < 0 ? this.pending.length : end);
    for (const { outcomes } of batch) this.pendingOutcomes -= outcomes.length;
    return batch;
  }

  private async forget(): Promise<void> {
    const told = this.takeTold();
    try {
      await this.store.forget(told);
    } catch (error) {
      this.observer.loopFailed({ loop: 'forget', error, isOutage: isOutage(error) });
    }
  }
}

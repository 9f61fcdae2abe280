import { messageOutcome } from '@mailrun/contracts';
import { isOutage } from '@mailrun/platform-errors';
import { outgoing, type MessageBus } from '@mailrun/platform-messaging';
import type { CopyOutcome } from '../../domain/copy-outcome.js';
import type { DispatchObserver } from '../ports/dispatch-observer.port.js';
import type { ToldOutcome } from '../ports/mail-queue.port.js';
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
  private pending: CopyOutcome[] = [];
  private told: ToldOutcome[] = [];
  private running: Promise<void> | undefined;
  private sweeping: Promise<void> | undefined;
  private forgetTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: MessageBus,
    private readonly store: OutcomeStore,
    private readonly observer: DispatchObserver,
  ) {}

  /** Takes outcomes that are in the outbox; returns at once. */
  publish(outcomes: readonly CopyOutcome[]): void {
    if (outcomes.length === 0 || this.pending.length + outcomes.length > mostInMemory) return;
    this.pending.push(...outcomes);
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
      const outcomes = await this.store.untold(olderThanMs, mostInBatch);
      if (outcomes.length === 0) return swept;
      await this.publishNow(outcomes);
      await this.store.forget(outcomes.map(toldOf));
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

  /** Outcomes that are safe with the broker, for the next group commit to forget. */
  takeTold(): ToldOutcome[] {
    clearTimeout(this.forgetTimer);
    this.forgetTimer = undefined;
    return this.told.splice(0);
  }

  returnTold(told: readonly ToldOutcome[]): void {
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
      const batch = this.pending.splice(0, mostInBatch);
      try {
        await this.publishNow(batch);
        this.told.push(...batch.map(toldOf));
        this.forgetTimer ??= setTimeout(() => void this.forget(), tellMs).unref();
      } catch (error) {
        // They are in the outbox: the sweep finds them when the broker is back.
        this.pending = [];
        this.observer.loopFailed({ loop: 'publish', error, isOutage: isOutage(error) });
      }
    }
    this.running = undefined;
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

const toldOf = ({ tenantId, outcome: { messageId, copy, revision } }: CopyOutcome): ToldOutcome => ({
  tenantId,
  messageId,
  copy,
  revision,
});

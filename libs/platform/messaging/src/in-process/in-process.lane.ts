import type { Delivery, LaneOutcome } from '../delivery/delivery.js';
import type { LaneProcessor } from '../delivery/lane-processor.js';
import { sleep } from '../delivery/sleep.js';

/** What a lane tells its queue. */
export interface LaneEvents {
  committed(deliveries: readonly Delivery[]): void;
  paused(error: unknown): void;
  resumed(): void;
}

/** Handles the records of some keys of a queue, one batch after the other. */
export class InProcessLane {
  private waiting: Delivery[] = [];
  private wake: () => void = () => undefined;

  constructor(
    private readonly processor: LaneProcessor,
    private readonly maxRecords: number,
    private readonly signal: AbortSignal,
    private readonly events: LaneEvents,
  ) {}

  push(delivery: Delivery): void {
    this.waiting.push(delivery);
    this.wake();
  }

  /** Works until the signal ends it; resolves when the running handler has ended. What waits then is dropped. */
  async work(): Promise<void> {
    const onEnd = () => this.wake();
    this.signal.addEventListener('abort', onEnd);
    while (!this.signal.aborted) {
      if (this.waiting.length === 0) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        // The publisher that woke us up has more of the same batch to push.
        await new Promise(setImmediate);
        continue;
      }
      const outcome = await this.runOnce();
      if (outcome.kind === 'outage') {
        this.events.paused(outcome.error);
        await sleep(outcome.retryInMs, this.signal);
      }
    }
    this.signal.removeEventListener('abort', onEnd);
    this.waiting = [];
  }

  private async runOnce(): Promise<LaneOutcome> {
    const chunk = this.waiting.slice(0, this.maxRecords);
    let committed = 0;
    const outcome = await this.processor.run(chunk, {
      isEnding: () => this.signal.aborted,
      commit: async (count) => {
        this.events.resumed();
        this.events.committed(chunk.slice(committed, count));
        this.waiting.splice(0, count - committed);
        committed = count;
      },
    });
    // Handlers that never really wait must not starve timers and sockets.
    await new Promise(setImmediate);
    return outcome;
  }
}

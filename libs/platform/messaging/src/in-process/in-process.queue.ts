import { Outage, errorMessage } from '@mailrun/platform-errors';
import type { Consumer } from '../consume/batch-server.js';
import { BatchSizer } from '../delivery/batch-sizer.js';
import type { Delivery } from '../delivery/delivery.js';
import { LaneProcessor, type LaneTools } from '../delivery/lane-processor.js';
import { InProcessLane } from './in-process.lane.js';
import { laneOf } from './lane-of.js';

export interface QueueBounds {
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Publishers that wait for room give up when nothing was handled for so long: they may hold a transaction. */
  readonly stalledAfterMs: number;
}

const stopping = () =>
  new Outage('messaging.stopping', 'The bus is stopping; publish again after the restart.');

const full = (topic: string) =>
  new Outage('messaging.full', `Nothing of ${topic} is handled, and its queue is full.`);

/** The records of one message type that wait for one service, bounded in number and bytes. */
export class InProcessQueue {
  private readonly lanes: InProcessLane[];
  private readonly ending = new AbortController();
  private readonly pauses = new Map<number, { since: string; why: string }>();
  private records = 0;
  private bytes = 0;
  private offers = 0;
  private lastOffer: Promise<void> = Promise.resolve();
  private freed: () => void = () => undefined;
  private work: Promise<unknown> = Promise.resolve();

  constructor(
    readonly consumer: Consumer,
    private readonly bounds: QueueBounds,
    private readonly tools: Omit<LaneTools, 'signal'>,
  ) {
    const sizer = new BatchSizer(consumer.limits);
    const { signal } = this.ending;
    this.lanes = Array.from({ length: consumer.limits.lanes }, (_, index) => {
      const processor = new LaneProcessor(consumer, sizer, { ...tools, signal });
      return new InProcessLane(processor, consumer.limits.maxRecords, signal, {
        committed: (deliveries) => this.release(deliveries),
        paused: (error) => this.pauseOf(index, error),
        resumed: () => void this.pauses.delete(index),
      });
    });
  }

  start(): void {
    this.work = Promise.all(this.lanes.map((lane) => lane.work()));
  }

  /** Ends when the running handlers have ended; what waits is dropped, and who waits for room gets an Outage. */
  async stop(): Promise<void> {
    this.ending.abort();
    this.freed();
    await this.work;
    this.records = 0;
    this.bytes = 0;
  }

  /**
   * Resolves when all are queued. Offers queue up behind each other, so the order within a key is that of the calls.
   * @throws Outage `messaging.stopping`; `messaging.full` when it waited in vain (some may be queued)
   */
  offer(deliveries: readonly Delivery[]): Promise<void> {
    this.offers += 1;
    const queued =
      this.offers === 1 ? this.enqueue(deliveries) : this.lastOffer.then(() => this.enqueue(deliveries));
    const ended = queued.finally(() => (this.offers -= 1));
    this.lastOffer = ended.catch(() => undefined);
    return ended;
  }

  /** Lanes that an outage pauses. */
  paused(): readonly { readonly topic: string; readonly since: string; readonly why: string }[] {
    return [...this.pauses.values()].map((pause) => ({ topic: this.consumer.topic, ...pause }));
  }

  get isStopped(): boolean {
    return this.ending.signal.aborted;
  }

  get service(): string {
    return this.tools.service;
  }

  get depth(): { readonly records: number; readonly bytes: number } {
    return { records: this.records, bytes: this.bytes };
  }

  private async enqueue(deliveries: readonly Delivery[]): Promise<void> {
    for (const delivery of deliveries) {
      while (!this.hasRoomFor(delivery) && !this.ending.signal.aborted) await this.progress();
      if (this.ending.signal.aborted) throw stopping();
      this.records += 1;
      this.bytes += delivery.sizeBytes;
      this.lanes[laneOf(delivery.key, this.lanes.length)]!.push(delivery);
    }
    this.reportLag();
  }

  /** Resolves when something was handled. @throws Outage when nothing is for too long */
  private progress(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(full(this.consumer.topic)), this.bounds.stalledAfterMs);
      this.freed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private reportLag(): void {
    this.tools.observer.lag({ topic: this.consumer.topic, partition: 0, records: this.records });
  }

  private hasRoomFor({ sizeBytes }: Delivery): boolean {
    if (this.records === 0) return true;
    return this.records < this.bounds.maxRecords && this.bytes + sizeBytes <= this.bounds.maxBytes;
  }

  private release(deliveries: readonly Delivery[]): void {
    this.records -= deliveries.length;
    for (const { sizeBytes, settled } of deliveries) {
      this.bytes -= sizeBytes;
      settled?.();
    }
    this.freed();
    this.reportLag();
  }

  private pauseOf(lane: number, error: unknown): void {
    const { since = new Date().toISOString() } = this.pauses.get(lane) ?? {};
    this.pauses.set(lane, { since, why: errorMessage(error) });
  }
}

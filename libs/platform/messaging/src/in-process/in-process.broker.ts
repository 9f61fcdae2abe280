import type { BusMessage, MessageType } from '@mailrun/contracts';
import { topicOf } from '@mailrun/contracts';
import type { Consumer } from '../consume/batch-server.js';
import { defaultOutagePause, type OutagePause } from '../delivery/back-off.js';
import type { Delivery } from '../delivery/delivery.js';
import type { DeadLetter, DeadLetterStore } from '../port/dead-letter-store.port.js';
import { noLog, type MessagingLog } from '../port/log.js';
import { MessageBus, type Outgoing } from '../port/message-bus.port.js';
import { noObserver, type MessagingObserver } from '../port/observer.js';
import { approximateBytes } from '../wire/approximate-bytes.js';
import { fromWire, toWire, typeHeader } from '../wire/headers.js';
import { readBody } from '../wire/read-body.js';
import { replayedHeaders } from '../wire/replay.js';
import { accepted, validated } from '../wire/validate.js';
import { InProcessQueue } from './in-process.queue.js';

export interface InProcessOptions {
  readonly deadLetters: DeadLetterStore;
  readonly observer?: MessagingObserver;
  readonly log?: MessagingLog;
  /** Of each queue (service and message type): records that wait or are being handled. */
  readonly maxQueuedRecords?: number;
  readonly maxQueuedBytes?: number;
  /** `publish` throws an Outage when a queue is full and nothing of it was handled for so long. */
  readonly stalledAfterMs?: number;
  readonly triesOfBugs?: number;
  readonly retryDelayMs?: number;
  readonly outagePauseMs?: OutagePause;
}

type Validated = BusMessage & { readonly type: MessageType; readonly key: string };

/**
 * The bus of the embedded shape: bounded queues in memory, one for each service and message type. `publish` waits
 * while a queue is full. This cannot deadlock as long as handlers publish downstream only (make-documents →
 * document-made; render-message → package-message → dispatch-message → message-outcome): the last queue always
 * drains, so each before it does. A handler must never publish to a type that leads back to its own.
 *
 * Nothing is kept over a restart: PostgreSQL is the truth, and what was lost is fed again.
 */
export class InProcessBroker extends MessageBus {
  private readonly queues = new Map<string, InProcessQueue[]>();
  private readonly observer: MessagingObserver;

  constructor(private readonly options: InProcessOptions) {
    super();
    this.observer = options.observer ?? noObserver;
  }

  /** Opens the queue of one consumer. From now on, and not earlier, messages are kept for it. */
  open(service: string, consumer: Consumer): InProcessQueue {
    const running = (this.queues.get(consumer.topic) ?? []).filter((queue) => !queue.isStopped);
    if (running.some((queue) => queue.service === service)) {
      throw new Error(`${service} consumes ${consumer.topic} already.`);
    }
    const { deadLetters, log = noLog, triesOfBugs = 3, retryDelayMs = 100 } = this.options;
    const { outagePauseMs = defaultOutagePause } = this.options;
    const {
      maxQueuedRecords = 2000,
      maxQueuedBytes = 32 * 1024 * 1024,
      stalledAfterMs = 30_000,
    } = this.options;
    const queue = new InProcessQueue(
      consumer,
      { maxRecords: maxQueuedRecords, maxBytes: maxQueuedBytes, stalledAfterMs },
      { service, deadLetters, observer: this.observer, log, triesOfBugs, retryDelayMs, outagePauseMs },
    );
    this.queues.set(consumer.topic, [...running, queue]);
    return queue;
  }

  override async publish(batch: readonly Outgoing[]): Promise<void> {
    const startedAt = performance.now();
    const producedAt = new Date().toISOString();
    const byTopic = new Map<string, Validated[]>();
    for (const message of batch) {
      const topic = topicOf(message.type);
      const records = byTopic.get(topic) ?? [];
      if (records.length === 0) byTopic.set(topic, records);
      records.push({ type: message.type, ...validated(message, producedAt) });
    }
    await Promise.all([...byTopic].map(([topic, records]) => this.offer(topic, records, startedAt)));
  }

  /**
   * Delivers dead records again, to every service that consumes their type. Resolves when all were handled or are dead
   * again; while an outage pauses their consumer, or after it was stopped, it does not.
   * @throws Outage as `publish` does
   */
  async replay(letters: readonly DeadLetter[]): Promise<void> {
    const now = new Date();
    await Promise.all(
      letters.flatMap((letter) => {
        const queues = this.queues.get(letter.topic) ?? [];
        if (queues.length === 0) this.observer.unclaimed({ topic: letter.topic, records: 1 });
        return queues.map(async (queue) => {
          let settled = () => {};
          const isSettled = new Promise<void>((resolve) => (settled = resolve));
          await queue.offer([replayOf(letter, now, queue.consumer.type, settled)]);
          await isSettled;
        });
      }),
    );
  }

  private async offer(topic: string, records: readonly Validated[], startedAt: number): Promise<void> {
    const queues = this.queues.get(topic) ?? [];
    if (queues.length === 0) this.observer.unclaimed({ topic, records: records.length });
    let bytes = 0;
    const sizes = records.map(({ body }) => approximateBytes(body));
    for (const size of sizes) bytes += size;
    await Promise.all(
      queues.map((queue) =>
        queue.offer(records.map((record, index) => deliveryOf(record, sizes[index]!, queue.consumer.type))),
      ),
    );
    const seconds = (performance.now() - startedAt) / 1000;
    this.observer.published({ topic, records: records.length, bytes, seconds });
  }
}

function deliveryOf(
  { type, key, headers, body }: Validated,
  sizeBytes: number,
  consumed: MessageType,
): Delivery {
  const message = { headers, body };
  return {
    key,
    sizeBytes,
    // Publisher and consumer share the contract: what the one validated need not be validated again.
    decode: consumed === type ? () => message : () => ({ headers, body: accepted(consumed, body) }),
    raw: () => ({
      headers: { ...toWire(headers), [typeHeader]: topicOf(type) },
      value: JSON.stringify(body),
    }),
  };
}

/** A dead record as it comes again: read anew, since it may be what could not be read. */
function replayOf(letter: DeadLetter, now: Date, type: MessageType, settled: () => void): Delivery {
  const { key, value } = letter;
  const headers = replayedHeaders(letter.headers, now);
  return {
    key,
    sizeBytes: value.length,
    decode: () => ({ headers: fromWire(headers), body: readBody(type, value) }),
    raw: () => ({ headers, value }),
    settled,
  };
}

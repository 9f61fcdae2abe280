import { Outage, errorMessage } from '@mailrun/platform-errors';
import { CompressionTypes, type Kafka, type Message, type Producer, type TopicMessages } from 'kafkajs';
import { partitionOf } from './partition-of.js';
import { SendQueue, type Ticket, type WireRecord } from './send-queue.js';

/** A record before it has a partition. */
export interface KeyedRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Default: that of the key. */
  readonly partition?: number;
}

/** Fixed parts of a record (lengths, offsets, timestamps), at most. */
const recordOverheadBytes = 40;

function sizeOf({ key, value, headers }: KeyedRecord): number {
  let bytes = recordOverheadBytes + key.length * 3 + value.byteLength;
  for (const name in headers) bytes += name.length + headers[name]!.length * 3 + 4;
  return bytes;
}

/**
 * Sends records with acks from all in-sync replicas, one request in flight: kafkajs keeps no order over two, and its
 * idempotent mode is experimental (tulios/kafkajs#1005). Records that are sent meanwhile share the next request.
 */
export class KafkaProducer {
  private readonly producer: Producer;
  private readonly queue = new SendQueue();
  private readonly partitionCounts = new Map<string, Promise<number>>();
  private pumping: Promise<void> | undefined;
  private isClosed = false;

  constructor(private readonly kafka: Kafka) {
    this.producer = kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      // Records come with their partition: they were split by it.
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition!,
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 3 },
    });
  }

  /** @throws Outage when no broker answers */
  async connect(): Promise<void> {
    await this.producer.connect().catch(asOutage);
  }

  /** Sends what waits, then disconnects. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.pumping;
    await this.producer.disconnect();
  }

  /** Resolves when all are stored. @throws Outage when some may not be */
  async send(records: readonly KeyedRecord[]): Promise<void> {
    if (records.length === 0) return;
    if (this.isClosed)
      throw new Outage('messaging.stopping', 'The bus is stopping; publish again after the restart.');
    const placed = await this.place(records);
    return new Promise((resolve, reject) => {
      const ticket: Ticket = {
        open: placed.length,
        error: undefined,
        settle: () => (ticket.error === undefined ? resolve() : reject(ticket.error)),
      };
      for (const record of placed) this.queue.add(record, ticket);
      this.pumping ??= this.pump().finally(() => (this.pumping = undefined));
    });
  }

  private async pump(): Promise<void> {
    // Those who publish in this turn of the event loop share the first request.
    await new Promise(setImmediate);
    while (!this.queue.isEmpty) {
      const request = this.queue.take();
      let failure: unknown;
      try {
        await this.sendRequest(request.map(({ record }) => record));
      } catch (error) {
        failure = error;
        this.partitionCounts.clear();
      }
      for (const { ticket } of request) {
        ticket.error ??= failure;
        ticket.open -= 1;
        if (ticket.open === 0) ticket.settle();
      }
    }
  }

  private async sendRequest(records: readonly WireRecord[]): Promise<void> {
    const messagesOf = new Map<string, Message[]>();
    for (const { topic, message } of records) {
      const messages = messagesOf.get(topic);
      if (messages === undefined) messagesOf.set(topic, [message]);
      else messages.push(message);
    }
    const topicMessages: TopicMessages[] = [...messagesOf].map(([topic, messages]) => ({ topic, messages }));
    await this.producer
      .sendBatch({ topicMessages, acks: -1, compression: CompressionTypes.None })
      .catch(asOutage);
  }

  private async place(records: readonly KeyedRecord[]): Promise<WireRecord[]> {
    const counts = new Map<string, number>();
    for (const topic of new Set(records.map((record) => record.topic))) {
      counts.set(topic, await this.partitionCount(topic));
    }
    return records.map((record) => {
      const { topic, key, value, headers } = record;
      const partition = record.partition ?? partitionOf(key, counts.get(topic)!);
      return { topic, partition, message: { key, value, headers, partition }, sizeBytes: sizeOf(record) };
    });
  }

  private partitionCount(topic: string): Promise<number> {
    let count = this.partitionCounts.get(topic);
    if (count === undefined) {
      count = this.fetchPartitionCount(topic);
      this.partitionCounts.set(topic, count);
      count.catch(() => this.partitionCounts.delete(topic));
    }
    return count;
  }

  private async fetchPartitionCount(topic: string): Promise<number> {
    const admin = this.kafka.admin({ retry: { retries: 3 } });
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]!.partitions.length;
    } catch (error) {
      return asOutage(error);
    } finally {
      await admin.disconnect();
    }
  }
}

/** Whatever keeps a record from being stored passes, or is put right by people: the record is not at fault. */
function asOutage(error: unknown): never {
  throw new Outage('messaging.broker-away', `The broker did not take the records: ${errorMessage(error)}`, {
    cause: error,
  });
}

import { Kafka, logLevel, type Admin, type Consumer, type KafkaMessage } from 'kafkajs';
import { randomUUID } from 'node:crypto';

/** Marks records that this class added, so that it does not add them again. */
const mark = 'drill-repeated';

/** Where the offsets of a group are put. */
export type OffsetPlace = 'beginning' | 'end';

/** Records that are written again together. */
export interface Repetition<Item> {
  readonly items: readonly Item[];
  /** At once where left out; otherwise when it resolves, with nothing waiting for it meanwhile. */
  readonly when?: Promise<unknown>;
}

/** Does to topics what brokers, operators and accidents do: records that come twice, late, or never; topics that go. */
export class TopicTamper {
  private readonly kafka: Kafka;
  private readonly repeaters: Consumer[] = [];
  /** Those that wait to be written. */
  private readonly waiting = new Set<Promise<void>>();
  private readonly failures: unknown[] = [];
  /** How many records were added by {@link repeatAll}. */
  repeated = 0;

  constructor(brokers: readonly string[]) {
    this.kafka = new Kafka({ brokers: [...brokers], clientId: 'tamper', logLevel: logLevel.NOTHING });
  }

  /** Deletes the topics, with all that is in them. */
  delete(topics: readonly string[]): Promise<void> {
    return this.asAdmin((admin) => admin.deleteTopics({ topics: [...topics] }));
  }

  /** Throws away every record that is in the topic now. */
  empty(topic: string): Promise<void> {
    return this.asAdmin(async (admin) => {
      const partitions = await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({
        topic,
        partitions: partitions.map(({ partition, high }) => ({ partition, offset: high })),
      });
    });
  }

  /** How many records the topic has got, from its first day on. */
  written(topic: string): Promise<number> {
    return this.asAdmin(async (admin) => {
      const partitions = await admin.fetchTopicOffsets(topic);
      return partitions.reduce((sum, { high }) => sum + Number(high), 0);
    });
  }

  /** Moves a group that has no members; its consumers begin there. */
  async resetOffsets(groupId: string, topics: readonly string[], place: OffsetPlace): Promise<void> {
    const offsets = await this.asAdmin((admin) =>
      Promise.all(
        topics.map(async (topic) =>
          (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
            ...{ topic, partition },
            offset: place === 'beginning' ? low : high,
          })),
        ),
      ),
    );
    // As a member of the group, since only members may commit; the client's own function takes five seconds for each topic.
    const consumer = this.kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, () => resolve());
    });
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [...topics] });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: () => Promise.resolve(),
      });
      await joined;
      // Around a rebalance the client may do nothing, and does not say so.
      while (!(await this.areAt(groupId, offsets.flat()))) await consumer.commitOffsets(offsets.flat());
    } finally {
      await consumer.disconnect();
    }
  }

  private async areAt(
    groupId: string,
    wanted: readonly { readonly topic: string; readonly partition: number; readonly offset: string }[],
  ): Promise<boolean> {
    const topics = [...new Set(wanted.map(({ topic }) => topic))];
    const found = await this.asAdmin((admin) => admin.fetchOffsets({ groupId, topics }));
    return wanted.every(({ topic, partition, offset }) =>
      found.some(
        (one) =>
          one.topic === topic &&
          one.partitions.some((at) => at.partition === partition && at.offset === offset),
      ),
    );
  }

  /**
   * From now on every record of the topics is written again, so that it is delivered twice.
   * @param parts how records that were read together are written: in which parts, and when
   */
  async repeatAll(
    topics: readonly string[],
    parts: <Item>(items: readonly Item[]) => readonly Repetition<Item>[],
  ): Promise<void> {
    const consumer = this.kafka.consumer({ groupId: `tamper-${randomUUID()}`, maxWaitTimeInMs: 200 });
    const producer = this.kafka.producer({ allowAutoTopicCreation: false });
    await Promise.all([consumer.connect(), producer.connect()]);
    await consumer.subscribe({ topics: [...topics], fromBeginning: false });
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, () => resolve());
    });
    const repeat = async (topic: string, { items, when }: Repetition<KafkaMessage>) => {
      await when;
      await producer.send({ topic, messages: items.map(copyOf) });
      this.repeated += items.length;
    };
    await consumer.run({
      eachBatch: async ({ batch: { topic, messages } }) => {
        const fresh = messages.filter(({ headers }) => headers?.[mark] === undefined);
        for (const part of parts(fresh)) {
          if (part.items.length === 0) continue;
          const written = repeat(topic, part)
            .catch((error: unknown) => void this.failures.push(error))
            .finally(() => this.waiting.delete(written));
          this.waiting.add(written);
          if (part.when === undefined) await written;
        }
      },
    });
    await joined;
    consumer.on(consumer.events.DISCONNECT, () => {
      void Promise.all(this.waiting).then(() => producer.disconnect());
    });
    this.repeaters.push(consumer);
  }

  /** Ends what was begun. Records that were read are written again before it resolves. @throws when one could not be */
  async stop(): Promise<void> {
    await Promise.all(this.repeaters.splice(0).map((consumer) => consumer.disconnect()));
    await Promise.all(this.waiting);
    const [failure] = this.failures.splice(0);
    if (failure !== undefined) throw failure;
  }

  private async asAdmin<Result>(work: (admin: Admin) => Promise<Result>): Promise<Result> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }
}

const copyOf = ({ key, value, headers }: KafkaMessage) => ({
  key,
  value,
  headers: { ...headers, [mark]: '1' },
});

import { randomUUID } from 'node:crypto';
import { describeWithKafka, startKafka, type TestKafka } from '@mailrun/testing';
import { Kafka, logLevel } from 'kafkajs';
import { InMemoryClaimStore } from '../port/claim-store.memory.js';
import type { MessagingLogEntry } from '../port/log.js';
import { deadLetterFor, describeDeadLetterBox } from '../testing/dead-letter-box.behaviour.js';
import { readAll } from '../testing/kafka-harness.js';
import { note } from '../testing/note.js';
import { noObserver } from '../port/observer.js';
import { Collected, eventually } from '../testing/collected.js';
import { DeadLetterCount } from './dead-letter-count.js';
import { KafkaDeadLetterBox } from './kafka-dead-letter-box.js';
import { KafkaDeadLetters } from './kafka-dead-letters.js';
import { KafkaMessaging } from './kafka-messaging.js';
import { KafkaProducer } from './kafka-producer.js';
import { createTopics, deadLetterTopicName, letterPartition, markPartition, topicName } from './topics.js';

const memo = { ...note, name: 'memo' as const };
const types = [note, memo];

async function openHarness(brokers: readonly string[]) {
  const prefix = `test-${randomUUID()}`;
  const messaging = new KafkaMessaging({
    kafka: { brokers, clientId: 'test' },
    prefix,
    claims: new InMemoryClaimStore(),
  });
  await messaging.createTopics({ partitions: 3, replicationFactor: 1, types });
  const kafka = new Kafka({ brokers: [...brokers], clientId: 'test', logLevel: logLevel.NOTHING });
  const producer = new KafkaProducer(kafka);
  await producer.connect();
  const logged: MessagingLogEntry[] = [];
  const boxOver = (over: KafkaProducer) =>
    new KafkaDeadLetterBox({ kafka, producer: over, prefix, log: (entry) => logged.push(entry), types });
  return {
    kafka,
    prefix,
    producer,
    logged,
    boxOver,
    store: new KafkaDeadLetters(producer, prefix),
    box: boxOver(producer),
    topics: ['memo.v1', 'note.v1'] as const,
    replayed: async () => {
      const ofMemos = await readAll(kafka, topicName(prefix, 'memo.v1'));
      return [...ofMemos, ...(await readAll(kafka, topicName(prefix, 'note.v1')))];
    },
    offsets: async (topic: string, of = letterPartition) => {
      const admin = kafka.admin();
      await admin.connect();
      const partitions = await admin.fetchTopicOffsets(deadLetterTopicName(prefix, topic));
      await admin.disconnect();
      const { low, high } = partitions.find(({ partition }) => partition === of)!;
      return { low: Number(low), high: Number(high) };
    },
    close: () => producer.close(),
  };
}

describeWithKafka('Over a real broker,', () => {
  let broker: TestKafka;
  beforeAll(async () => (broker = await startKafka()), 90_000);
  afterAll(() => broker.stop(), 30_000);

  describeDeadLetterBox('the dead letters of Kafka', () => openHarness(broker.brokers));

  describe('the dead letters of Kafka', () => {
    let harness: Awaited<ReturnType<typeof openHarness>>;
    beforeEach(async () => (harness = await openHarness(broker.brokers)), 60_000);
    afterEach(() => harness.close(), 30_000);
    const letters = (total: number) =>
      Array.from({ length: total }, (_, number) => deadLetterFor('note.v1', number));
    const all = { topic: undefined };

    it('leave their topic when no open one stands in front of them', async () => {
      await harness.store.add(letters(5));
      const ids = (await harness.box.list({ limit: 10 })).items.map(({ id }) => id);
      await harness.box.drop({ id: ids[2]! });
      expect(await harness.offsets('note.v1')).toEqual({ low: 0, high: 5 });
      await harness.box.drop({ id: ids[1]! });
      await harness.box.drop({ id: ids[0]! });
      expect(await harness.offsets('note.v1')).toEqual({ low: 3, high: 5 });
      expect(await harness.offsets('note.v1', markPartition)).toEqual({ low: 0, high: 3 });
      await harness.box.replay(all);
      expect(await harness.offsets('note.v1')).toEqual({ low: 5, high: 5 });
      expect(await harness.offsets('note.v1', markPartition)).toMatchObject({ low: 3 });
    });

    it('are replayed to the end by the next command when one was killed in the middle', async () => {
      await harness.store.add(letters(300));
      // Dies when the second batch of records was published, and was not marked.
      let publications = 0;
      const dying = new KafkaProducer(harness.kafka);
      await dying.connect();
      const send = dying.send.bind(dying);
      dying.send = async (records) => {
        const isMark = records[0]!.partition === markPartition;
        if (!isMark) publications += 1;
        if (isMark) throw new Error('killed');
        await send(records);
      };
      await expect(harness.boxOver(dying).replay(all)).rejects.toThrow('killed');
      await dying.close();
      expect(publications).toBe(1);
      expect((await harness.box.list({ limit: 500 })).items).toHaveLength(300);
      expect(await harness.box.replay(all)).toMatchObject({ replayed: 300 });
      expect(await harness.box.list({ limit: 1 })).toMatchObject({ items: [] });
      expect(new Set((await harness.replayed()).map(({ key }) => key)).size).toBe(300);
    }, 60_000);

    it('are replayed once for each command, also those that die again meanwhile', async () => {
      await harness.store.add(letters(20));
      const producer = new KafkaProducer(harness.kafka);
      await producer.connect();
      const send = producer.send.bind(producer);
      producer.send = async (records) => {
        await send(records);
        if (records[0]!.topic === topicName(harness.prefix, 'note.v1')) await harness.store.add(letters(20));
      };
      expect(await harness.boxOver(producer).replay(all)).toMatchObject({ replayed: 20 });
      await producer.close();
      expect((await harness.box.list({ limit: 500 })).items).toHaveLength(20);
    });

    it('are listed page by page also when there are many, and dropped at once', async () => {
      for (let from = 0; from < 20_000; from += 5000) await harness.store.add(letters(5000));
      const page = await harness.box.list({ limit: 500 });
      expect(page.items).toHaveLength(500);
      const next = await harness.box.list({ limit: 500, after: page.next });
      expect(next.items[0]!.id).toBe('note.v1/500');
      const late = await harness.box.list({ limit: 500, after: 'note.v1/19998' });
      expect(late).toMatchObject({ items: [{ id: 'note.v1/19999' }], next: undefined });
      expect(await harness.box.drop(all)).toBe(20_000);
      expect(await harness.offsets('note.v1')).toEqual({ low: 20_000, high: 20_000 });
    }, 60_000);

    it('stay hidden where the broker does not remove them', async () => {
      await harness.store.add(letters(3));
      const { kafka } = harness;
      const admin = kafka.admin.bind(kafka);
      kafka.admin = (...config) => ({
        ...admin(...config),
        deleteTopicRecords: () => Promise.reject(new Error('TOPIC_AUTHORIZATION_FAILED')),
      });
      expect(await harness.box.drop(all)).toBe(3);
      expect(harness.logged).toMatchObject([{ level: 'warn', fields: { partition: 0 } }]);
      expect(await harness.offsets('note.v1')).toEqual({ low: 0, high: 3 });
      expect(await harness.box.list({ limit: 10 })).toMatchObject({ items: [] });
      expect(await harness.box.find('note.v1/1')).toBeUndefined();
    });

    it('are counted by topic, to zero', async () => {
      const counted = new Collected<string>();
      const count = new DeadLetterCount({
        kafka: harness.kafka,
        prefix: harness.prefix,
        topics: harness.topics,
        countDeadLettersMs: 20,
        observer: {
          ...noObserver,
          openDeadLetters: ({ topic, records }) => counted.add(`${topic} ${records}`),
        },
      });
      await harness.store.add(letters(3));
      await counted.until((items) => items.includes('memo.v1 0') && items.includes('note.v1 3'));
      await harness.box.drop(all);
      await counted.until((items) => items.lastIndexOf('note.v1 0') > items.lastIndexOf('note.v1 3'));
      await count.stop();
    });

    it('are read past marks that are none', async () => {
      await harness.store.add(letters(2));
      await harness.producer.send(
        ['', 'no mark', '{"from":"0","to":"x"}'].map((value) => ({
          topic: deadLetterTopicName(harness.prefix, 'note.v1'),
          partition: markPartition,
          key: 'x',
          value: Buffer.from(value),
          headers: {},
        })),
      );
      expect((await harness.box.list({ limit: 10 })).items).toHaveLength(2);
    });

    it('are seen when their topic was deleted and made again, whatever was handled before', async () => {
      await harness.store.add(letters(5));
      const { items } = await harness.box.list({ limit: 10 });
      await harness.box.drop({ id: items[1]!.id });
      const admin = harness.kafka.admin();
      await admin.connect();
      const name = deadLetterTopicName(harness.prefix, 'note.v1');
      await admin.deleteTopics({ topics: [name] });
      await eventually(async () => !(await admin.listTopics()).includes(name));
      // As an older release made it, and then as this one has it.
      await admin.createTopics({ topics: [{ topic: name, numPartitions: 1 }] });
      await admin.disconnect();
      await expect(harness.box.list({ limit: 10 })).rejects.toThrow('mailrun topics');
      await createTopics(harness.kafka, {
        prefix: harness.prefix,
        partitions: 3,
        replicationFactor: 1,
        types,
      });
      await harness.store.add(letters(3));
      expect((await harness.box.list({ limit: 10 })).items).toHaveLength(3);
      expect(await harness.box.drop(all)).toBe(3);
    }, 60_000);

    it('say which command helps when their topics were never made', async () => {
      const { kafka, producer } = harness;
      const box = new KafkaDeadLetterBox({ kafka, producer, prefix: 'nobody', log: () => {}, types });
      await expect(box.list({ limit: 1 })).rejects.toThrow('mailrun topics');
    }, 60_000);
  });
});

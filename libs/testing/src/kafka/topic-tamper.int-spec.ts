import { Kafka, logLevel } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { describeWithKafka, startKafka, TopicTamper, type TestKafka } from './index.js';

describeWithKafka('Tampering with topics', () => {
  let broker: TestKafka;
  let kafka: Kafka;
  let tamper: TopicTamper;
  beforeAll(async () => {
    broker = await startKafka();
    kafka = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
    tamper = new TopicTamper(broker.brokers);
  }, 90_000);
  afterAll(async () => {
    await tamper.stop();
    await broker.stop();
  }, 30_000);

  const asAdmin = async <Result>(work: (admin: ReturnType<Kafka['admin']>) => Promise<Result>) => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  };
  const topicOf = async () => {
    const topic = `topic-${randomUUID()}`;
    await asAdmin((admin) =>
      admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true }),
    );
    return topic;
  };
  const write = async (topic: string, values: readonly string[]) => {
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: values.map((value, index) => ({ value, partition: index % 2 })) });
    await producer.disconnect();
  };
  const eventually = async (holds: () => Promise<boolean>) => {
    const deadline = Date.now() + 20_000;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error('It never came true.');
      await new Promise((next) => setTimeout(next, 50));
    }
  };

  it('moves a group to the beginning and to the end', async () => {
    const [topic, groupId] = [await topicOf(), `group-${randomUUID()}`];
    await write(topic, ['1', '2', '3', '4']);
    const offsets = async () => {
      const [found] = await asAdmin((admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
      return found?.partitions.map(({ offset }) => offset);
    };
    await tamper.resetOffsets(groupId, [topic], 'end');
    expect(await offsets()).toEqual(['2', '2']);
    await tamper.resetOffsets(groupId, [topic], 'beginning');
    expect(await offsets()).toEqual(['0', '0']);
  }, 60_000);

  it('writes each record a second time, and none a third time', async () => {
    const topic = await topicOf();
    await tamper.repeatAll([topic], (items) => [{ items }]);
    await write(topic, ['1', '2', '3']);
    await eventually(async () => (await tamper.written(topic)) === 6);
    await write(topic, ['4']);
    await eventually(async () => (await tamper.written(topic)) === 8);
    expect(tamper.repeated).toBe(4);
  }, 60_000);

  it('writes records again later and in parts, and before it stops', async () => {
    const topic = await topicOf();
    const later = Promise.withResolvers<void>();
    const read: unknown[] = [];
    await tamper.repeatAll([topic], (items) => {
      read.push(...items);
      return items.map((item) => ({ items: [item], when: later.promise }));
    });
    await write(topic, ['1', '2', '3']);
    await eventually(() => Promise.resolve(read.length === 3));
    expect(await tamper.written(topic)).toBe(3);
    later.resolve();
    await tamper.stop();
    expect(await tamper.written(topic)).toBe(6);
  }, 60_000);

  it('throws away what is in a topic', async () => {
    const topic = await topicOf();
    await write(topic, ['1', '2', '3', '4']);
    await tamper.empty(topic);
    const left = await asAdmin((admin) => admin.fetchTopicOffsets(topic));
    expect(left.map(({ low, high }) => Number(high) - Number(low))).toEqual([0, 0]);
  }, 60_000);
});

import { describeWithKafka, startKafka, type TestKafka } from '@mailrun/testing';
import { openKafkaHarness } from '../testing/kafka-harness.js';
import { describeMessageBus } from '../testing/message-bus.behaviour.js';

describeWithKafka('Over a real broker,', () => {
  let kafka: TestKafka;
  beforeAll(async () => (kafka = await startKafka()), 90_000);
  afterAll(() => kafka.stop(), 30_000);

  describeMessageBus('the Kafka bus', () => openKafkaHarness(kafka.brokers));
});

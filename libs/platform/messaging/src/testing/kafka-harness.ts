import { randomUUID } from 'node:crypto';
import { eventually } from './collected.js';
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs';
import { InMemoryClaimStore } from '../port/claim-store.memory.js';
import type { DeadLetter } from '../port/dead-letter-store.port.js';
import { deadLetterOf } from '../kafka/dead-letter-record.js';
import { KafkaMessaging, type KafkaMessagingOptions } from '../kafka/kafka-messaging.js';
import type { KafkaTransportOptions } from '../kafka/kafka.transport.js';
import { deadLetterTopicName, topicName } from '../kafka/topics.js';
import { note } from './note.js';
import { startNoteService, type NoteHandlers } from './note-service.js';

/** A Kafka installation with topics of its own for one test. */
export async function openKafkaHarness(
  brokers: readonly string[],
  options: Partial<KafkaMessagingOptions> = {},
) {
  const prefix = `test-${randomUUID()}`;
  const claims = new InMemoryClaimStore();
  const messaging = new KafkaMessaging({
    kafka: { brokers, clientId: 'test' },
    prefix,
    claims,
    retryDelayMs: 1,
    outagePauseMs: { first: 5, longest: 50 },
    ...options,
  });
  await messaging.createTopics({ partitions: 3, replicationFactor: 1, types: [note] });
  await messaging.connect();
  const kafka = new Kafka({ brokers: [...brokers], clientId: 'test', logLevel: logLevel.NOTHING });
  const topic = topicName(prefix, 'note.v1');
  return {
    bus: messaging.bus,
    isDurable: true,
    prefix,
    topic,
    claims,
    kafka,
    messaging,
    start: (handlers: NoteHandlers, tuning: Partial<KafkaTransportOptions> = {}) =>
      startNoteService(messaging.transport('notes', { onCrash: () => undefined, ...tuning }), handlers),
    deadLetters: async (): Promise<readonly DeadLetter[]> => {
      const records = await readAll(kafka, deadLetterTopicName(prefix, 'note.v1'));
      return records.map((record) => deadLetterOf('note.v1', record));
    },
    close: () => messaging.close(),
  };
}

/** Everything that a topic holds now. */
export async function readAll(kafka: Kafka, topic: string) {
  const admin = kafka.admin();
  await admin.connect();
  // A topic that was just made may not have its leaders yet.
  const ends = await eventually(() =>
    admin.fetchTopicOffsets(topic).catch((error: { type?: string }) => {
      if (error.type !== 'NOT_LEADER_FOR_PARTITION') throw error;
      return undefined;
    }),
  );
  await admin.disconnect();
  const waiting = new Set(ends.filter(({ low, high }) => high !== low).map(({ partition }) => partition));
  const records: { key: string; value: string; headers: Record<string, string>; partition: number }[] = [];
  if (waiting.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `read-${randomUUID()}`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ message, partition }) => {
          records.push({ ...textOf(message), partition });
          const end = ends.find((of) => of.partition === partition)!.high;
          if (BigInt(message.offset) + 1n >= BigInt(end)) waiting.delete(partition);
          if (waiting.size === 0) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return records;
}

const textOf = ({ key, value, headers = {} }: KafkaMessage) => ({
  key: String(key),
  value: String(value),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
});

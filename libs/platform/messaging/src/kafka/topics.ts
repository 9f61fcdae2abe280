import { messageTypes, topicOf, type MessageType } from '@mailrun/contracts';
import type { Admin, Kafka } from 'kafkajs';
import { deadLetterPattern } from '../consume/consumes-batch.decorator.js';

/** `mailrun` + `render-message.v1` → `mailrun.render-message.v1` */
export const topicName = (prefix: string, topic: string): string => `${prefix}.${topic}`;
export const deadLetterTopicName = (prefix: string, topic: string): string =>
  topicName(prefix, deadLetterPattern(topic));
/**
 * Partitions of a dead-letter topic: the letters, and the marks that tell which of them were handled. Both in one topic,
 * so that marks never outlive the offsets that they name.
 */
export const letterPartition = 0;
export const markPartition = 1;
export const deadLetterPartitions = 2;
export const groupName = (prefix: string, service: string): string => `${prefix}.${service}`;

export interface TopicSettings {
  readonly prefix: string;
  /** The most replicas of a service that can share its work. */
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Default 24 h: older records are dropped by the intake anyway. */
  readonly retentionMs?: number;
  /** Default 7 days: someone must come to look at them. */
  readonly deadLetterRetentionMs?: number;
  /** Default: every type of the contracts. */
  readonly types?: readonly MessageType[];
}

const hourMs = 3_600_000;

/**
 * Makes the topics that are missing, each with its dead-letter topic. Existing ones stay as they are: more partitions
 * would move keys, so that is a decision for people; only a dead-letter topic gets the partition of its marks.
 * @returns the names of those made
 */
export async function createTopics(kafka: Kafka, settings: TopicSettings): Promise<readonly string[]> {
  const { prefix, partitions, replicationFactor, types = messageTypes as readonly MessageType[] } = settings;
  const { retentionMs = 24 * hourMs, deadLetterRetentionMs = 7 * 24 * hourMs } = settings;
  const entry = (topic: string, numPartitions: number, retention: number) => ({
    topic,
    numPartitions,
    replicationFactor,
    configEntries: [
      { name: 'cleanup.policy', value: 'delete' },
      { name: 'retention.ms', value: String(retention) },
    ],
  });
  /** A segment is removed as a whole, a week after it was begun by default: personal data must not wait for that. */
  const daily = [{ name: 'segment.ms', value: String(24 * hourMs) }];
  const deadLetters = (topic: string) => {
    const of = entry(deadLetterTopicName(prefix, topic), deadLetterPartitions, deadLetterRetentionMs);
    return { ...of, configEntries: [...of.configEntries, ...daily] };
  };
  const wanted = types
    .map(topicOf)
    .flatMap((topic) => [entry(topicName(prefix, topic), partitions, retentionMs), deadLetters(topic)]);
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const deadLetterTopics = types.map((type) => deadLetterTopicName(prefix, topicOf(type)));
    await addMarkPartitions(
      admin,
      deadLetterTopics.filter((topic) => existing.has(topic)),
    );
    const topics = wanted.filter(({ topic }) => !existing.has(topic));
    const names = topics.map(({ topic }) => topic);
    if (names.length === 0) return names;
    await admin.createTopics({ topics, waitForLeaders: false });
    await haveLeaders(admin, names);
    return names;
  } finally {
    await admin.disconnect();
  }
}

async function addMarkPartitions(admin: Admin, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  const topicPartitions = topics
    .filter(({ partitions }) => partitions.length < deadLetterPartitions)
    .map(({ name }) => ({ topic: name, count: deadLetterPartitions }));
  if (topicPartitions.length > 0) await admin.createPartitions({ topicPartitions });
}

const leaderDeadlineMs = 30_000;

/** Just made, a topic is unknown to the brokers for a moment; kafkajs's own wait takes that for a failure. */
async function haveLeaders(admin: Admin, names: readonly string[]): Promise<void> {
  const deadline = Date.now() + leaderDeadlineMs;
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
      if (
        topics.every(
          ({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
        )
      )
        return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    if (Date.now() > deadline) throw new Error(`Topics without a leader: ${names.join(', ')}.`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

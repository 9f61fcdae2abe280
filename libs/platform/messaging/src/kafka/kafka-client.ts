import { Kafka, logLevel, type KafkaConfig, type LogEntry } from 'kafkajs';
import type { MessagingLog, MessagingLogEntry } from '../port/log.js';

/** How to reach the brokers. */
export interface KafkaSettings {
  /** `host:port` of one or more. */
  readonly brokers: readonly string[];
  /** Shown in the brokers' logs and quotas: the service's name. */
  readonly clientId: string;
  readonly ssl?: NonNullable<KafkaConfig['ssl']>;
  readonly sasl?: NonNullable<KafkaConfig['sasl']>;
}

const levels: Partial<Record<logLevel, MessagingLogEntry['level']>> = {
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'info',
  [logLevel.DEBUG]: 'debug',
};

/** kafkajs entries, with the fields that help and hold no message content. */
const logCreator = (log: MessagingLog) => () => (entry: LogEntry) => {
  const { message, groupId, memberId, broker, clientId, topic, partition, error, retryCount, retryTime } =
    entry.log;
  const fields = { groupId, memberId, broker, clientId, topic, partition, retryCount, retryTime };
  log({
    level: levels[entry.level] ?? 'debug',
    message: `kafkajs ${entry.namespace}: ${message}`,
    fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
    ...(error === undefined ? {} : { error }),
  });
};

/** The kafkajs client, with our bounds on retries: what lasts longer than a few seconds is an outage, and shown. */
export function kafkaClient({ brokers, clientId, ssl, sasl }: KafkaSettings, log: MessagingLog): Kafka {
  return new Kafka({
    brokers: [...brokers],
    clientId,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: 3000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2000, retries: 5 },
    logLevel: logLevel.INFO,
    logCreator: logCreator(log),
  });
}

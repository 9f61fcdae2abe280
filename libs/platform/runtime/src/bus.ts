import type { CustomTransportStrategy } from '@nestjs/microservices';
import {
  InProcessBroker,
  InProcessTransport,
  KafkaMessaging,
  type ClaimStore,
  type DeadLetter,
  type KafkaSettings,
  type MessageBus,
  type MessagingHealth,
  type MessagingLog,
  type MessagingObserver,
} from '@mailrun/platform-messaging';
import type { Database } from '@mailrun/platform-persistence';
import type { Logger, Metrics } from '@mailrun/platform-telemetry';
import { PostgresDeadLetterStore } from './dead-letters/dead-letter-store.postgres.js';
import { ReplayWorker } from './dead-letters/replay-worker.js';
import { claimLimitsOf, retriesOf } from './bus-tuning.js';
import type { BusSettings } from './runtime-settings.js';

/** The bus of a process: where it publishes, and the strategy by which its Nest application consumes. */
export interface ProcessBus {
  readonly bus: MessageBus;
  connect(): Promise<void>;
  strategy(): CustomTransportStrategy & { health(): MessagingHealth };
  /** After the consumers have started: from now on dead letters that people ask for are replayed. */
  startReplays(): void;
  close(): Promise<void>;
}

export interface BusOptions {
  /** Consumer group: the process's one name. */
  readonly service: string;
  readonly prefix: string;
  readonly settings: BusSettings;
  readonly claims: ClaimStore;
  /** Keeps the dead letters of the embedded shape; on Kafka they have topics. */
  readonly deadLetters: Database | undefined;
  readonly observer: MessagingObserver;
  readonly log: MessagingLog;
  /** The consumer ended for good: the process must end, so that it is started anew. */
  readonly onCrash: (error: unknown) => void;
}

export function openBus(options: BusOptions): ProcessBus {
  const { service, prefix, settings, claims, deadLetters, observer, log, onCrash } = options;
  if (settings.brokers === undefined) {
    if (deadLetters === undefined) throw new Error('Set KAFKA_BROKERS: a service on its own needs Kafka.');
    const store = new PostgresDeadLetterStore(deadLetters);
    const broker = new InProcessBroker({ ...retriesOf(settings), deadLetters: store, observer, log });
    let replays: ReplayWorker | undefined;
    return {
      bus: broker,
      connect: () => Promise.resolve(),
      strategy: () => new InProcessTransport({ broker, service }),
      startReplays: () => {
        const replay = (letters: readonly DeadLetter[]) => broker.replay(letters);
        replays = new ReplayWorker({ database: deadLetters, replay, observer, log });
      },
      close: async () => replays?.stop(),
    };
  }
  const messaging = openKafka(settings, { prefix, clientId: `${prefix}.${service}`, claims, observer, log });
  return {
    bus: messaging.bus,
    connect: () => messaging.connect(),
    strategy: () => {
      const { sessionTimeoutMs, stuckAfterMs } = settings;
      return messaging.transport(service, { onCrash, sessionTimeoutMs, stuckAfterMs });
    },
    // Over Kafka the command publishes by itself.
    startReplays: () => {},
    close: () => messaging.close(),
  };
}

/** Kafka by the settings; also for the `topics` command. */
export function openKafka(
  settings: BusSettings,
  options: {
    prefix: string;
    clientId: string;
    claims: ClaimStore;
    observer?: MessagingObserver;
    log: MessagingLog;
  },
): KafkaMessaging {
  const { clientId, ...rest } = options;
  return new KafkaMessaging({
    ...rest,
    ...retriesOf(settings),
    claimLimits: claimLimitsOf(settings),
    kafka: kafkaSettingsOf(settings, clientId),
  });
}

function kafkaSettingsOf(settings: BusSettings, clientId: string): KafkaSettings {
  const { brokers, tls, saslMechanism, saslUser, saslPassword } = settings;
  const sasl = { mechanism: saslMechanism, username: saslUser ?? '', password: saslPassword ?? '' };
  return {
    brokers: brokers ?? [],
    clientId,
    ...(tls && { ssl: true }),
    ...(saslMechanism !== undefined && { sasl: sasl as NonNullable<KafkaSettings['sasl']> }),
  };
}

/** The bus's own metrics. */
export function busObserver(metrics: Metrics): MessagingObserver {
  const counter = <Label extends string>(name: string, help: string, labels: readonly Label[]) =>
    metrics.counter({ name: `mailrun_bus_${name}_total`, help, labels });
  const published = counter('published_records', 'Records that reached the bus.', ['topic']);
  const consumed = counter('consumed_records', 'Records that were handled and committed.', ['topic']);
  const dead = counter('dead_letter_records', 'Records that went to the dead letter.', ['topic', 'family']);
  const failed = counter('failed_batches', 'Batches whose handler threw; their records are tried again.', [
    'topic',
    'family',
  ]);
  const unclaimed = counter('unclaimed_records', 'Records that nobody in this process consumes.', ['topic']);
  const seconds = metrics.histogram({
    name: 'mailrun_bus_handler_duration_seconds',
    help: 'Time of one batch in its handler.',
    labels: ['topic'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  const open = metrics.gauge({
    name: 'mailrun_bus_open_dead_letters',
    help: 'Dead letters that wait to be replayed or dropped (Kafka: with those behind the oldest open one).',
    labels: ['topic'],
  });
  const lag = metrics.gauge({
    name: 'mailrun_bus_waiting_records',
    help: 'Records that wait to be handled, by partition.',
    labels: ['topic', 'partition'],
  });
  return {
    published: ({ topic, records }) => published.inc({ topic }, records),
    consumed: ({ topic, records, handlerSeconds }) => {
      consumed.inc({ topic }, records);
      seconds.observe({ topic }, handlerSeconds);
    },
    deadLettered: ({ topic, records, family }) => dead.inc({ topic, family }, records),
    openDeadLetters: ({ topic, records }) => open.set({ topic }, records),
    failed: ({ topic, family }) => failed.inc({ topic, family }),
    lag: ({ topic, partition, records }) => lag.set({ topic, partition: String(partition) }, records),
    unclaimed: ({ topic, records }) => unclaimed.inc({ topic }, records),
  };
}

/** The bus's log lines as lines of the process. */
export const busLog =
  (logger: Logger): MessagingLog =>
  ({ level, message, fields = {}, error }) => {
    const plain = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        typeof value === 'number' ? value : String(value),
      ]),
    );
    if (level === 'error') logger.error(message, plain, error);
    else if (level === 'warn') logger.warn(message, plain, error);
    else logger[level](message, plain);
  };

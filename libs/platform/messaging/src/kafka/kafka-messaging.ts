import type { MessageType } from '@mailrun/contracts';
import type { Kafka } from 'kafkajs';
import type { OutagePause } from '../delivery/back-off.js';
import type { ClaimStore } from '../port/claim-store.port.js';
import type { DeadLetterBox } from '../port/dead-letter-box.port.js';
import { noLog, type MessagingLog } from '../port/log.js';
import type { MessageBus } from '../port/message-bus.port.js';
import { noObserver, type MessagingObserver } from '../port/observer.js';
import { ClaimCheck, defaultClaimLimits, type ClaimLimits } from '../wire/claim-check.js';
import { kafkaClient, type KafkaSettings } from './kafka-client.js';
import { KafkaDeadLetterBox } from './kafka-dead-letter-box.js';
import { KafkaDeadLetters } from './kafka-dead-letters.js';
import { KafkaProducer } from './kafka-producer.js';
import { KafkaBus } from './kafka.bus.js';
import { KafkaTransport, type KafkaTransportOptions } from './kafka.transport.js';
import { createTopics, type TopicSettings } from './topics.js';

export interface KafkaMessagingOptions {
  readonly kafka: KafkaSettings;
  /** Of topics and consumer groups. */
  readonly prefix: string;
  readonly claims: ClaimStore;
  readonly claimLimits?: Partial<ClaimLimits>;
  readonly observer?: MessagingObserver;
  readonly log?: MessagingLog;
  readonly triesOfBugs?: number;
  readonly retryDelayMs?: number;
  readonly outagePauseMs?: OutagePause;
}

type Tuning = Pick<
  KafkaTransportOptions,
  | 'onCrash'
  | 'countDeadLettersMs'
  | 'concurrency'
  | 'maxBytesPerPartition'
  | 'stuckAfterMs'
  | 'sessionTimeoutMs'
>;

/** All of the bus over Kafka, for composition roots: one client and one producer for a process. */
export class KafkaMessaging {
  readonly bus: MessageBus;
  private readonly client: Kafka;
  private readonly producer: KafkaProducer;
  private readonly claims: ClaimCheck;

  constructor(private readonly options: KafkaMessagingOptions) {
    const { kafka, prefix, log = noLog, observer = noObserver } = options;
    this.client = kafkaClient(kafka, log);
    this.producer = new KafkaProducer(this.client);
    this.claims = new ClaimCheck(options.claims, { ...defaultClaimLimits, ...options.claimLimits });
    this.bus = new KafkaBus({ producer: this.producer, prefix, claims: this.claims, observer });
  }

  /** Before the first `publish`. @throws Outage when no broker answers */
  connect(): Promise<void> {
    return this.producer.connect();
  }

  /** Sends what waits. After the transports are closed, since their handlers publish. */
  close(): Promise<void> {
    return this.producer.close();
  }

  /** The `strategy` of a service's Nest microservice. */
  transport(service: string, tuning: Tuning): KafkaTransport {
    const { kafka: _kafka, claims: _claims, claimLimits: _limits, ...common } = this.options;
    const deadLetters = new KafkaDeadLetters(this.producer, this.options.prefix);
    return new KafkaTransport({
      ...common,
      ...tuning,
      kafka: this.client,
      service,
      claims: this.claims,
      deadLetters,
    });
  }

  /** The dead letters, for people. After `connect`. @param types default: every type of the contracts */
  deadLetterBox(types?: readonly MessageType[]): DeadLetterBox {
    const { prefix, log = noLog } = this.options;
    const { client: kafka, producer } = this;
    return new KafkaDeadLetterBox({ kafka, producer, prefix, log, ...(types !== undefined && { types }) });
  }

  /** See {@link createTopics}. */
  createTopics(settings: Omit<TopicSettings, 'prefix'>): Promise<readonly string[]> {
    return createTopics(this.client, { ...settings, prefix: this.options.prefix });
  }
}

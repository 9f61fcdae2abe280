import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage } from '@mailrun/platform-errors';
import type { Consumer as KafkaConsumer, EachBatchPayload, Kafka } from 'kafkajs';
import { BatchServer, type Consumer } from '../consume/batch-server.js';
import { defaultOutagePause, type OutagePause } from '../delivery/back-off.js';
import { BatchSizer } from '../delivery/batch-sizer.js';
import { LaneProcessor } from '../delivery/lane-processor.js';
import type { DeadLetterStore } from '../port/dead-letter-store.port.js';
import type { MessagingHealth } from '../port/health.js';
import { noLog, type MessagingLog } from '../port/log.js';
import { noObserver, type MessagingObserver } from '../port/observer.js';
import type { ClaimCheck } from '../wire/claim-check.js';
import { ConsumerHealth } from './consumer-health.js';
import { DeadLetterCount } from './dead-letter-count.js';
import { PartitionLane } from './partition-lane.js';
import { groupName, topicName } from './topics.js';

export interface KafkaTransportOptions {
  readonly kafka: Kafka;
  readonly prefix: string;
  /** Consumer group `<prefix>.<service>`. */
  readonly service: string;
  readonly claims: ClaimCheck;
  readonly deadLetters: DeadLetterStore;
  /** kafkajs gave the consumer up for good: the process must end, so that it is started anew. */
  readonly onCrash: (error: unknown) => void;
  readonly observer?: MessagingObserver;
  readonly log?: MessagingLog;
  readonly triesOfBugs?: number;
  readonly retryDelayMs?: number;
  readonly outagePauseMs?: OutagePause;
  /** Partitions whose batches are handled at the same time. */
  readonly concurrency?: number;
  /** Fetched at once from each partition. */
  readonly maxBytesPerPartition?: number;
  /** A member that was silent for so long is given up by its group. */
  readonly sessionTimeoutMs?: number;
  /** How often the open dead letters are counted. */
  readonly countDeadLettersMs?: number;
  /** Liveness fails after so long without any progress; longer than the longest single record takes. */
  readonly stuckAfterMs?: number;
}

/** A killed member's work is taken over after this time; kafkajs cannot come back as the same member. */
const defaultSessionTimeoutMs = 10_000;

/** A stop waits no longer for a join that is under way. */
const joinGraceMs = 5000;

interface Topic {
  readonly consumer: Consumer;
  readonly sizer: BatchSizer;
  readonly lanes: Map<number, PartitionLane>;
}

/** Consumes from Kafka: the `strategy` of a Nest microservice. */
export class KafkaTransport extends BatchServer {
  private readonly topics = new Map<string, Topic>();
  private readonly ending = new AbortController();
  private readonly state: ConsumerHealth;
  private readonly resumes = new Set<NodeJS.Timeout>();
  private kafkaConsumer: KafkaConsumer | undefined;
  private running: Promise<void> = Promise.resolve();
  private counting: DeadLetterCount | undefined;

  constructor(private readonly options: KafkaTransportOptions) {
    super();
    this.state = new ConsumerHealth(options.stuckAfterMs ?? 600_000);
  }

  override listen(callback: (error?: unknown) => void): void {
    this.start().then(() => callback(), callback);
  }

  /** The batches that run are ended and committed, then the group is left. */
  override async close(): Promise<void> {
    this.ending.abort();
    await this.counting?.stop();
    for (const timer of this.resumes) clearTimeout(timer);
    // kafkajs cannot be stopped while it joins its group: it would go on by itself afterwards.
    await Promise.race([this.running, delay(joinGraceMs, undefined, { ref: false })]);
    await this.kafkaConsumer?.disconnect();
    this.state.stopped();
  }

  override health(): MessagingHealth {
    return this.state.report();
  }

  override unwrap<T>(): T {
    return this.kafkaConsumer as T;
  }

  private async start(): Promise<void> {
    const { kafka, prefix, service, concurrency = 4, maxBytesPerPartition = 1024 * 1024 } = this.options;
    const { sessionTimeoutMs = defaultSessionTimeoutMs } = this.options;
    for (const consumer of this.consumers()) {
      const sizer = new BatchSizer(consumer.limits);
      this.topics.set(topicName(prefix, consumer.topic), { consumer, sizer, lanes: new Map() });
    }
    if (this.topics.size === 0) {
      this.state.idle();
      return;
    }
    const restartOnFailure = async () => !this.ending.signal.aborted;
    const consumer = kafka.consumer({
      groupId: groupName(prefix, service),
      allowAutoTopicCreation: false,
      sessionTimeout: sessionTimeoutMs,
      // The longest that a single record may take without being handed to another member as well.
      rebalanceTimeout: 60_000,
      heartbeatInterval: sessionTimeoutMs / 10,
      maxBytesPerPartition,
      // Also how long kafkajs sleeps when all partitions are paused, and how long a stop waits for the last fetch.
      maxWaitTimeInMs: 500,
      retry: { initialRetryTime: 200, maxRetryTime: 2000, retries: 8, restartOnFailure },
    });
    this.kafkaConsumer = consumer;
    this.listenTo(consumer);
    await consumer.connect();
    await consumer
      .subscribe({ topics: [...this.topics.keys()], fromBeginning: true })
      .catch((cause: unknown) => {
        const names = [...this.topics.keys()].join(', ');
        throw new Error(`Can't subscribe to ${names}: ${errorMessage(cause)}. Have the topics been made?`, {
          cause,
        });
      });
    // Joining the group may take as long as the slowest member's batch: readiness tells when it is done.
    this.running = consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: concurrency,
        eachBatch: (payload) => this.eachBatch(payload),
      })
      .catch((error: unknown) => this.crash(error));
    this.counting = new DeadLetterCount({
      ...this.options,
      topics: [...this.topics.values()].map((topic) => topic.consumer.topic),
    });
  }

  private listenTo(consumer: KafkaConsumer): void {
    const { events } = consumer;
    consumer.on(events.FETCH, () => this.state.fetched());
    consumer.on(events.REBALANCING, () => this.state.joining());
    consumer.on(events.GROUP_JOIN, ({ payload }) => {
      const lanes = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => laneName(topic, partition)),
      );
      this.forgetAllBut(new Set(lanes));
      this.state.joined();
    });
    consumer.on(events.CRASH, ({ payload: { error, restart } }) => {
      if (restart) this.state.restarting(error);
      else this.crash(error);
    });
  }

  /** Partitions that are another member's now: their pauses and their lag are its business. */
  private forgetAllBut(lanes: ReadonlySet<string>): void {
    const { observer = noObserver } = this.options;
    this.state.keep(lanes);
    for (const [name, topic] of this.topics) {
      for (const partition of topic.lanes.keys()) {
        if (lanes.has(laneName(name, partition))) continue;
        topic.lanes.delete(partition);
        observer.lag({ topic: topic.consumer.topic, partition, records: 0 });
      }
    }
  }

  private crash(error: unknown): void {
    if (this.ending.signal.aborted) return;
    const { log = noLog, onCrash } = this.options;
    this.state.crashed(error);
    log({ level: 'error', message: 'The consumer ended for good', error });
    onCrash(error);
  }

  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    const { topic, partition } = payload.batch;
    const outcome = await this.state.during(() => this.laneOf(topic, partition).work(payload));
    if (outcome.kind !== 'outage') return;
    this.state.paused(laneName(topic, partition), outcome.error);
    const resume = payload.pause();
    const timer = setTimeout(() => {
      this.resumes.delete(timer);
      resume();
    }, outcome.retryInMs);
    this.resumes.add(timer);
  }

  private laneOf(topicName: string, partition: number): PartitionLane {
    const { consumer, sizer, lanes } = this.topics.get(topicName)!;
    let lane = lanes.get(partition);
    if (lane === undefined) {
      const { service, deadLetters, observer = noObserver, log = noLog, claims } = this.options;
      const { triesOfBugs = 3, retryDelayMs = 100, outagePauseMs = defaultOutagePause } = this.options;
      const { sessionTimeoutMs = defaultSessionTimeoutMs } = this.options;
      const processor = new LaneProcessor(consumer, sizer, {
        service,
        deadLetters,
        observer,
        log,
        signal: this.ending.signal,
        triesOfBugs,
        retryDelayMs,
        outagePauseMs,
      });
      const heartbeatMs = sessionTimeoutMs / 30;
      lane = new PartitionLane(consumer, processor, claims, heartbeatMs, {
        committed: (records) => {
          this.state.resumed(laneName(topicName, partition));
          observer.lag({ topic: consumer.topic, partition, records });
        },
      });
      lanes.set(partition, lane);
    }
    return lane;
  }
}

const laneName = (topic: string, partition: number): string => `${topic}/${partition}`;

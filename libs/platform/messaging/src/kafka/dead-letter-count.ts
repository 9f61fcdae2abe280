import type { Kafka } from 'kafkajs';
import { noLog, type MessagingLog } from '../port/log.js';
import { noObserver, type MessagingObserver } from '../port/observer.js';
import { deadLetterTopicName, letterPartition } from './topics.js';

export interface DeadLetterCountOptions {
  readonly kafka: Kafka;
  readonly prefix: string;
  /** Of message types, without prefix. */
  readonly topics: readonly string[];
  readonly observer?: MessagingObserver;
  readonly log?: MessagingLog;
  readonly countDeadLettersMs?: number;
}

/** Tells the observer now and then how many dead letters the topics hold. */
export class DeadLetterCount {
  private timer: NodeJS.Timeout | undefined;
  private counting: Promise<void>;
  private isStopped = false;

  constructor(private readonly options: DeadLetterCountOptions) {
    this.counting = this.count();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.counting;
  }

  private async count(): Promise<void> {
    const { kafka, prefix, topics, observer = noObserver, log = noLog } = this.options;
    const admin = kafka.admin({ retry: { retries: 1 } });
    try {
      await admin.connect();
      for (const topic of topics) {
        if (this.isStopped) break;
        const partitions = await admin.fetchTopicOffsets(deadLetterTopicName(prefix, topic));
        const letters = partitions.find(({ partition }) => partition === letterPartition)!;
        observer.openDeadLetters({ topic, records: Number(letters.high) - Number(letters.low) });
      }
    } catch (error) {
      // The gauge stays as it was; that the broker is away is told, and shown, by those who need it.
      log({ level: 'debug', message: 'Dead letters were not counted', error });
    } finally {
      await admin.disconnect();
    }
    if (this.isStopped) return;
    this.timer = setTimeout(() => (this.counting = this.count()), this.options.countDeadLettersMs ?? 60_000);
    this.timer.unref();
  }
}

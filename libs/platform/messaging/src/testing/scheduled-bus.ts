import { topicOf, type BusMessage, type MessageType } from '@mailrun/contracts';
import { MessageBus, type Outgoing } from '../port/message-bus.port.js';
import { validated } from '../wire/validate.js';

/** A record as the broker keeps it. The same record may be delivered any number of times. */
export interface ScheduledRecord {
  readonly topic: string;
  readonly key: string;
  readonly message: BusMessage;
}

export type RecordHandler = (batch: readonly BusMessage[]) => Promise<void>;

export interface ScheduledBusOptions {
  /** False publishes without looking at schemas: for millions of records of known shape. */
  readonly validates?: boolean;
  /** Commits offsets before the handler ran: to show that tests notice. */
  readonly commitsFirst?: boolean;
  /** A record will not be delivered again by itself. */
  readonly onCommitted?: (record: ScheduledRecord) => void;
}

interface Entry {
  readonly record: ScheduledRecord;
  isTaken: boolean;
}

/**
 * A broker that does nothing by itself: a test says what is delivered, to whom and in which order, what is lost and what
 * comes again. It keeps what Kafka keeps: records of one key wait for one another, a batch whose handler failed, or whose
 * consumer is gone, comes again, and offsets are committed after the handler. One consumer group for each topic.
 */
export class ScheduledBus {
  private readonly queues = new Map<string, Entry[]>();
  /** All that was ever published, by topic. */
  private readonly past = new Map<string, ScheduledRecord[]>();

  constructor(private readonly options: ScheduledBusOptions = {}) {}

  /** The bus as one process sees it. @param step awaited before and after a publication; it may fail */
  publisher(step: (name: string) => Promise<void> = async () => undefined): MessageBus {
    return new ScheduledPublisher((records) => this.append(records), step, this.options.validates ?? true);
  }

  /** Records that can be delivered now, in their order: not those of a key of which one is on its way. */
  waiting(topic: string): readonly ScheduledRecord[] {
    return this.free(topic).map(({ record }) => record);
  }

  hasWaiting(topic: string): boolean {
    return this.queues.get(topic)?.some(({ isTaken }) => !isTaken) === true && this.free(topic).length > 0;
  }

  published(topic: string): readonly ScheduledRecord[] {
    return this.past.get(topic) ?? [];
  }

  /** To which anything was published. */
  topics(): Iterable<string> {
    return this.past.keys();
  }

  /** Nothing waits and nothing is on its way. */
  get isEmpty(): boolean {
    return [...this.queues.values()].every((queue) => queue.length === 0);
  }

  /**
   * Hands the first records of a topic to a consumer. Never rejects: what failed waits again, at its place.
   *
   * @returns what takes the records back, for a consumer that is gone (it may still be working on them)
   */
  deliver(
    topic: string,
    limit: number,
    handle: RecordHandler,
  ): { takeBack: () => void; done: Promise<void> } {
    const entries = this.free(topic).slice(0, limit);
    let isOurs = true;
    for (const entry of entries) entry.isTaken = true;
    const takeBack = () => {
      if (isOurs) for (const entry of entries) entry.isTaken = false;
      isOurs = false;
    };
    const commit = () => {
      if (!isOurs) return;
      isOurs = false;
      for (const entry of entries) this.remove(topic, entry);
      for (const { record } of entries) this.options.onCommitted?.(record);
    };
    if (this.options.commitsFirst) commit();
    const done = handle(entries.map(({ record }) => record.message)).then(commit, takeBack);
    return { takeBack, done };
  }

  /** Loses the n-th waiting record. */
  lose(topic: string, index: number): void {
    const entry = this.free(topic)[index];
    if (entry !== undefined) this.remove(topic, entry);
  }

  /** Brings the n-th record ever published once more. */
  replay(topic: string, index: number): void {
    const record = this.past.get(topic)?.[index];
    if (record !== undefined) this.queueOf(topic).push({ record, isTaken: false });
  }

  /** Puts the n-th waiting record behind all others. */
  putBack(topic: string, index: number): void {
    const entry = this.free(topic)[index];
    if (entry === undefined) return;
    this.remove(topic, entry);
    this.queueOf(topic).push(entry);
  }

  private append(records: readonly ScheduledRecord[]): void {
    for (const record of records) {
      this.queueOf(record.topic).push({ record, isTaken: false });
      let past = this.past.get(record.topic);
      if (past === undefined) this.past.set(record.topic, (past = []));
      past.push(record);
    }
  }

  private free(topic: string): Entry[] {
    const taken = new Set<string>();
    const free: Entry[] = [];
    for (const entry of this.queues.get(topic) ?? []) {
      if (entry.isTaken) taken.add(entry.record.key);
      else if (!taken.has(entry.record.key)) free.push(entry);
    }
    return free.filter(({ record }) => !taken.has(record.key));
  }

  private remove(topic: string, entry: Entry): void {
    const queue = this.queueOf(topic);
    const at = queue.indexOf(entry);
    if (at >= 0) queue.splice(at, 1);
  }

  private queueOf(topic: string): Entry[] {
    let queue = this.queues.get(topic);
    if (queue === undefined) this.queues.set(topic, (queue = []));
    return queue;
  }
}

class ScheduledPublisher extends MessageBus {
  constructor(
    private readonly append: (records: readonly ScheduledRecord[]) => void,
    private readonly step: (name: string) => Promise<void>,
    private readonly validates: boolean,
  ) {
    super();
  }

  override async publish(batch: readonly Outgoing[]): Promise<void> {
    const records = batch.map((message) => this.recordOf(message));
    await this.step('publish');
    this.append(records);
    await this.step('published');
  }

  private recordOf(message: Outgoing): ScheduledRecord {
    const { type, headers, body } = message;
    const topic = topicOf(type);
    const producedAt = new Date().toISOString();
    if (this.validates) {
      const { key, ...checked } = validated(message, producedAt);
      return { topic, key, message: checked };
    }
    const complete = { ...headers, producedAt };
    return { topic, key: (type as MessageType).keyOf(body, complete), message: { headers: complete, body } };
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { messageTypes, topicOf, type MessageType } from '@mailrun/contracts';
import { errorMessage, Outage, Refusal } from '@mailrun/platform-errors';
import type { Admin, Kafka } from 'kafkajs';
import {
  DeadLetterBox,
  type LetterChoice,
  type LetterPage,
  type OpenLetter,
  type ReplayResult,
} from '../port/dead-letter-box.port.js';
import type { DeadLetter } from '../port/dead-letter-store.port.js';
import type { MessagingLog } from '../port/log.js';
import { replayableUntil, replayedHeaders, replaysOf } from '../wire/replay.js';
import { deadLetterOf } from './dead-letter-record.js';
import { HandledOffsets, readMark, spansOf, writeMark, type HandledMark } from './handled-offsets.js';
import type { KafkaProducer } from './kafka-producer.js';
import { readRanges, type OffsetRange, type TextRecord } from './read-ranges.js';
import { deadLetterTopicName, letterPartition, markPartition, topicName } from './topics.js';

export interface KafkaDeadLetterBoxOptions {
  readonly kafka: Kafka;
  readonly producer: KafkaProducer;
  readonly prefix: string;
  readonly log: MessagingLog;
  /** Default: every type of the contracts. */
  readonly types?: readonly MessageType[];
  readonly now?: () => Date;
}

/** The letters of one topic: what it holds, and what of it was handled. */
interface Lane extends OffsetRange {
  /** Of the message type, without prefix. */
  readonly letterTopic: string;
  readonly marks: OffsetRange;
  readonly handled: HandledOffsets;
}

/**
 * Dead letters in their topics. A topic forgets nothing by order, so what was handled is told by marks: records of a
 * partition of their own, which name offsets. A mark is written after the replay was; handled letters that no open one
 * stands in front of are removed at once, the others with the topic's retention.
 */
export class KafkaDeadLetterBox extends DeadLetterBox {
  private readonly now: () => Date;

  constructor(private readonly options: KafkaDeadLetterBoxOptions) {
    super();
    this.now = options.now ?? (() => new Date());
  }

  override list(page: { topic?: string | undefined; limit: number; after?: string | undefined }) {
    return this.look(page.topic, async ({ lanes, read }): Promise<LetterPage> => {
      const after = page.after === undefined ? undefined : placeOf(page.after);
      const wanted = lanes.flatMap((lane) => rangeAfter(lane, after) ?? []);
      const found = new Map<string, OpenLetter[]>(wanted.map((lane) => [lane.letterTopic, []]));
      await read(wanted, async (lane, records) => {
        const letters = found.get(lane.letterTopic)!;
        for (const record of records) {
          if (letters.length > page.limit) break;
          if (lane.handled.has(record.offset)) continue;
          const { value: _, ...letter } = letterOf(lane, record);
          letters.push(letter);
        }
        return letters.length <= page.limit;
      });
      const all = wanted.flatMap((lane) => found.get(lane.letterTopic)!);
      const items = all.slice(0, page.limit);
      return { items, next: all.length > items.length ? items.at(-1)?.id : undefined };
    });
  }

  override find(id: string) {
    const place = placeOf(id);
    if (place === undefined) return Promise.resolve(undefined);
    return this.look(place.topic, async ({ lanes, read }) => {
      let letter: (OpenLetter & { value: string }) | undefined;
      await read(openAt(lanes, place), async (lane, [record]) => {
        letter = letterOf(lane, record!);
        return false;
      });
      return letter;
    });
  }

  override replay(choice: LetterChoice, onProgress: (replayed: number) => void = () => {}) {
    return this.chosen(choice, async ({ lanes, read, trim }, ranges): Promise<ReplayResult> => {
      let replayed = 0;
      let tooOld = 0;
      await read(ranges, async (lane, records) => {
        const open = records.filter(({ offset }) => !lane.handled.has(offset));
        const now = this.now();
        const fresh = open.filter((record) => letterOf(lane, record).replayableUntil > now);
        tooOld += open.length - fresh.length;
        if (fresh.length === 0) return true;
        await this.publish(
          fresh.map((record) => letterOf(lane, record)),
          now,
        );
        await this.mark(lane, spansOf(fresh.map(({ offset }) => offset)), 'replayed');
        replayed += fresh.length;
        onProgress(replayed);
        return true;
      });
      await trim(lanes);
      return { replayed, tooOld, waiting: 0 };
    });
  }

  override drop(choice: LetterChoice) {
    return this.chosen(choice, async ({ lanes, trim }, ranges) => {
      let dropped = 0;
      for (const range of ranges) {
        const open = range.handled.openWithin(range.from, range.to);
        if (open === 0) continue;
        await this.mark(range, [range], 'dropped');
        dropped += open;
      }
      await trim(lanes);
      return dropped;
    });
  }

  private chosen<Result>(
    choice: LetterChoice,
    work: (view: View, ranges: readonly Lane[]) => Promise<Result>,
  ): Promise<Result> {
    if (!('id' in choice)) return this.look(choice.topic, (view) => work(view, view.lanes));
    const place = placeOf(choice.id);
    // What is no id is nobody's.
    if (place === undefined) return work({ lanes: [], read: async () => {}, trim: async () => {} }, []);
    return this.look(place.topic, (view) => work(view, openAt(view.lanes, place)));
  }

  /** The records as they were, to where they came from. */
  private publish(letters: readonly DeadLetter[], now: Date): Promise<void> {
    return this.options.producer.send(
      letters.map(({ topic, key, headers, value }) => ({
        topic: topicName(this.options.prefix, topic),
        key,
        value: Buffer.from(value),
        headers: replayedHeaders(headers, now),
      })),
    );
  }

  private async mark(
    lane: Lane,
    spans: readonly { readonly from: bigint; readonly to: bigint }[],
    how: HandledMark['how'],
  ): Promise<void> {
    const { topic, handled } = lane;
    const at = this.now().toISOString();
    await this.options.producer.send(
      spans.map(({ from, to }) => ({
        topic,
        key: how,
        value: Buffer.from(writeMark({ from, to, how, at })),
        headers: {},
        partition: markPartition,
      })),
    );
    for (const span of spans) handled.add(span);
  }

  /** Looks at the topics as they are now, and reads what was handled. Later letters are none of this call's. */
  private async look<Result>(
    topic: string | undefined,
    work: (view: View) => Promise<Result>,
  ): Promise<Result> {
    const { kafka, prefix, types = messageTypes as readonly MessageType[] } = this.options;
    const topics = types.map(topicOf).filter((one) => topic === undefined || one === topic);
    return this.withAdmin(async (admin) => {
      const reader = { kafka, admin, name: `${prefix}.dead-letters` };
      const existing = new Set(await admin.listTopics());
      const lanes: Lane[] = [];
      for (const letterTopic of topics.sort()) {
        const name = deadLetterTopicName(prefix, letterTopic);
        if (!existing.has(name)) throw missing(name);
        const ranges = await rangesOf(admin, name);
        const letters = ranges.find(({ partition }) => partition === letterPartition);
        const marks = ranges.find(({ partition }) => partition === markPartition);
        if (letters === undefined || marks === undefined) throw missing(name);
        if (letters.from < letters.to)
          lanes.push({ ...letters, letterTopic, marks, handled: new HandledOffsets() });
      }
      const byTopic = new Map(lanes.map((lane) => [lane.topic, lane]));
      const marks = lanes.map((lane) => lane.marks);
      await readRanges(reader, marks, async ({ topic: name }, records) => {
        for (const mark of records.flatMap(({ value }) => readMark(value) ?? [])) {
          byTopic.get(name)!.handled.add(mark);
        }
        return true;
      });
      return work({
        lanes,
        read: (ranges, take) => readRanges(reader, ranges, take),
        trim: (of) => this.trim(admin, of),
      });
    });
  }

  /** Removes the handled letters in front of the first open one. They are marked: where it fails, they stay hidden. */
  private async trim(admin: Admin, lanes: readonly Lane[]): Promise<void> {
    for (const { topic, partition, from, to, marks, handled } of lanes) {
      const offset = handled.firstOpenFrom(from);
      if (offset === from) continue;
      const partitions = [{ partition, offset: String(offset) }];
      // The marks that were read say nothing any more: the letters that they name are gone.
      if (offset === to) partitions.push({ partition: marks.partition, offset: String(marks.to) });
      try {
        await admin.deleteTopicRecords({ topic, partitions });
      } catch (error) {
        this.options.log({
          level: 'warn',
          message:
            'The broker did not remove handled dead letters; they go with the retention of their topic',
          fields: { topic, partition },
          error,
        });
      }
    }
  }

  private async withAdmin<Result>(work: (admin: Admin) => Promise<Result>): Promise<Result> {
    const admin = this.options.kafka.admin();
    try {
      await admin.connect();
      return await work(admin);
    } catch (error) {
      if (error instanceof Outage || error instanceof Refusal) throw error;
      throw new Outage('messaging.broker-away', `The broker did not answer: ${errorMessage(error)}`, {
        cause: error,
      });
    } finally {
      await admin.disconnect();
    }
  }
}

/** The topics as they were when a call began. */
interface View {
  /** Without empty ones, in the order of lists. */
  readonly lanes: readonly Lane[];
  readonly read: (
    ranges: readonly Lane[],
    take: (lane: Lane, records: readonly TextRecord[]) => Promise<boolean>,
  ) => Promise<void>;
  readonly trim: (lanes: readonly Lane[]) => Promise<void>;
}

interface Place {
  readonly topic: string;
  readonly offset: bigint;
}

/** `note.v1/17`; undefined for what is no id. */
function placeOf(id: string): Place | undefined {
  const [, topic, offset] = /^([^/]+)\/(\d{1,18})$/.exec(id) ?? [];
  return topic === undefined ? undefined : { topic, offset: BigInt(offset!) };
}

function openAt(lanes: readonly Lane[], { offset }: Place): Lane[] {
  const [lane] = lanes;
  if (lane === undefined || offset < lane.from || offset >= lane.to || lane.handled.has(offset)) return [];
  return [{ ...lane, from: offset, to: offset + 1n }];
}

/** What of a lane comes after a place, in the order of lists; from its first open letter on. */
function rangeAfter(lane: Lane, after: Place | undefined): Lane | undefined {
  let { from } = lane;
  if (after !== undefined) {
    if (lane.letterTopic < after.topic) return undefined;
    if (lane.letterTopic === after.topic && after.offset >= from) from = after.offset + 1n;
  }
  return { ...lane, from: lane.handled.firstOpenFrom(from) };
}

/** A partition whose leader moves, or was just made, is known again after so long. */
const leaderDeadlineMs = 15_000;

async function rangesOf(admin: Admin, topic: string): Promise<OffsetRange[]> {
  const deadline = Date.now() + leaderDeadlineMs;
  for (;;) {
    try {
      const partitions = await admin.fetchTopicOffsets(topic);
      return partitions
        .map(({ partition, low, high }) => ({ topic, partition, from: BigInt(low), to: BigInt(high) }))
        .sort((a, b) => a.partition - b.partition);
    } catch (error) {
      if ((error as { retriable?: boolean }).retriable !== true || Date.now() > deadline) throw error;
    }
    await delay(100);
  }
}

const missing = (topic: string) =>
  new Refusal('not-found', 'messaging.no-topic', `There is no topic ${topic}. Make it with: mailrun topics`);

function letterOf(lane: Lane, { offset, key, value, sizeBytes, headers }: TextRecord) {
  const letter = deadLetterOf(lane.letterTopic, { key, headers, value });
  return {
    ...letter,
    id: `${lane.letterTopic}/${offset}`,
    sizeBytes,
    replays: replaysOf(letter.headers),
    replayableUntil: replayableUntil(letter),
    isWaiting: false,
  };
}

import { randomUUID } from 'node:crypto';
import { Outage } from '@mailrun/platform-errors';
import type { Admin, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { textHeaders } from './text-headers.js';

/** Offsets of one partition: from the first to before the second. */
export interface OffsetRange {
  /** As the broker knows it. */
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** One record as text. */
export interface TextRecord {
  readonly offset: bigint;
  readonly key: string;
  readonly value: string;
  readonly sizeBytes: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Takes the next records of a range, in order. False: no more of this range are wanted. */
type Take<Range> = (range: Range, records: readonly TextRecord[]) => Promise<boolean>;

/** Without any record for so long, the broker is away. */
const silenceMs = 60_000;
/** How often it is looked whether the rest of a range was removed meanwhile. */
const watchMs = 1000;

/**
 * Reads records without taking part in their consumption: as a group of its own that commits nothing, of which the
 * broker keeps nothing. Resolves when every range is read or no more of it is wanted; what was removed before it was
 * read is passed over.
 *
 * @param name of the group, made unique; begins with the installation's prefix
 * @throws Outage when the broker is away; and what `take` throws
 */
export async function readRanges<Range extends OffsetRange>(
  { kafka, admin, name }: { readonly kafka: Kafka; readonly admin: Admin; readonly name: string },
  ranges: readonly Range[],
  take: Take<Range>,
): Promise<void> {
  const open = new Map(ranges.filter(({ from, to }) => from < to).map((range) => [laneOf(range), range]));
  if (open.size === 0) return;
  const next = new Map<string, bigint>();
  let isOver = false;
  const consumer = kafka.consumer({
    groupId: `${name}-${randomUUID()}`,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
    // kafkajs begins again by itself after what passes (a coordinator that is loading); the silence bounds it.
    retry: { retries: 3, restartOnFailure: async () => !isOver },
  });
  let watch: NodeJS.Timeout | undefined;
  try {
    await consumer.connect();
    await consumer.subscribe({
      topics: [...new Set([...open.values()].map(({ topic }) => topic))],
      fromBeginning: true,
    });
    await new Promise<void>((resolve, reject) => {
      let heardAt = Date.now();
      const finish = (range: Range) => {
        open.delete(laneOf(range));
        consumer.pause([{ topic: range.topic, partitions: [range.partition] }]);
        if (open.size === 0) resolve();
      };
      const read = async ({ batch, heartbeat }: EachBatchPayload) => {
        heardAt = Date.now();
        const range = open.get(laneOf(batch));
        if (range === undefined) return;
        // After a rejoin records may come once more.
        const from = next.get(laneOf(batch)) ?? range.from;
        const records = batch.messages
          .map(textOf)
          .filter(({ offset }) => offset >= from && offset < range.to);
        const last = records.at(-1);
        if (last !== undefined) next.set(laneOf(batch), last.offset + 1n);
        const isWanted = records.length === 0 || (await take(range, records));
        await heartbeat();
        if (!isWanted || BigInt(batch.lastOffset()) + 1n >= range.to) finish(range);
      };
      const passOver = async () => {
        for (const topic of new Set([...open.values()].map((range) => range.topic))) {
          const lows = new Map(
            (await admin.fetchTopicOffsets(topic)).map(({ partition, low }) => [partition, BigInt(low)]),
          );
          for (const range of [...open.values()]) {
            if (range.topic === topic && (lows.get(range.partition) ?? range.to) >= range.to) finish(range);
          }
        }
        if (Date.now() - heardAt > silenceMs) {
          throw new Outage('messaging.broker-away', 'The broker gives no records. Try again later.');
        }
      };
      watch = setInterval(() => void passOver().catch(reject), watchMs);
      consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
        if (!restart) reject(error);
      });
      consumer.on(consumer.events.GROUP_JOIN, () => {
        for (const [lane, { topic, partition, from }] of open) {
          consumer.seek({ topic, partition, offset: String(next.get(lane) ?? from) });
        }
      });
      // What `take` throws is the caller's, not kafkajs's, which would read the batch again.
      const eachBatch = (payload: EachBatchPayload) => read(payload).catch(reject);
      consumer.run({ autoCommit: false, eachBatch }).catch(reject);
    });
  } finally {
    isOver = true;
    clearInterval(watch);
    await consumer.disconnect();
  }
}

const laneOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) =>
  `${topic}/${partition}`;

const textOf = ({ offset, key, value, headers }: KafkaMessage): TextRecord => ({
  offset: BigInt(offset),
  key: key?.toString() ?? '',
  value: value?.toString() ?? '',
  sizeBytes: value?.byteLength ?? 0,
  headers: textHeaders(headers),
});

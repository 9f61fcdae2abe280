import { topicOf } from '@mailrun/contracts';
import { MessageBus, type Outgoing } from '../port/message-bus.port.js';
import { noObserver, type MessagingObserver } from '../port/observer.js';
import type { ClaimCheck } from '../wire/claim-check.js';
import { claimHeader, toWire, typeHeader } from '../wire/headers.js';
import { validated } from '../wire/validate.js';
import type { KafkaProducer, KeyedRecord } from './kafka-producer.js';
import { topicName } from './topics.js';

export interface KafkaBusOptions {
  readonly producer: KafkaProducer;
  readonly prefix: string;
  readonly claims: ClaimCheck;
  readonly observer?: MessagingObserver;
}

/** Claims that are put at the same time, at most: each holds its whole body in memory. */
const claimsAtOnce = 4;

/** Publishes over Kafka. */
export class KafkaBus extends MessageBus {
  constructor(private readonly options: KafkaBusOptions) {
    super();
  }

  override async publish(batch: readonly Outgoing[]): Promise<void> {
    const { producer, prefix, claims, observer = noObserver } = this.options;
    const startedAt = performance.now();
    const producedAt = new Date().toISOString();
    const totals = new Map<string, { records: number; bytes: number }>();
    const due: number[] = [];
    const records = batch.map((message, index): KeyedRecord => {
      const topic = topicOf(message.type);
      const { key, headers, body } = validated(message, producedAt);
      const value = Buffer.from(JSON.stringify(body));
      if (claims.isDue(value.byteLength)) due.push(index);
      const total = totals.get(topic) ?? { records: 0, bytes: 0 };
      total.records += 1;
      total.bytes += value.byteLength;
      totals.set(topic, total);
      return {
        topic: topicName(prefix, topic),
        key,
        value,
        headers: { [typeHeader]: topic, ...toWire(headers) },
      };
    });
    for (let from = 0; from < due.length; from += claimsAtOnce) {
      await Promise.all(
        due.slice(from, from + claimsAtOnce).map(async (index) => {
          const record = records[index]!;
          const value = await claims.leave(record.value);
          records[index] = { ...record, value, headers: { ...record.headers, [claimHeader]: '1' } };
        }),
      );
    }
    await producer.send(records);
    const seconds = (performance.now() - startedAt) / 1000;
    for (const [topic, total] of totals) observer.published({ topic, ...total, seconds });
  }
}

import type { EachBatchPayload } from 'kafkajs';
import type { Consumer } from '../consume/batch-server.js';
import type { LaneOutcome } from '../delivery/delivery.js';
import type { LaneProcessor } from '../delivery/lane-processor.js';
import type { ClaimCheck } from '../wire/claim-check.js';
import { KafkaDelivery } from './kafka-delivery.js';

/**
 * Work on one fetched batch ends after this time, and the rest is fetched again: kafkajs fetches anew only when all
 * partitions of a round are through, so a long one would hold up the others.
 */
const roundMs = 2000;

export interface PartitionEvents {
  /** Offsets were committed; `lag` records are behind. */
  committed(lag: number): void;
}

/** Hands the fetched records of one partition to their handler, and commits what was handled. */
export class PartitionLane {
  constructor(
    private readonly consumer: Consumer,
    private readonly processor: LaneProcessor,
    private readonly claims: ClaimCheck,
    /** How often a consumer at work says that it lives. */
    private readonly heartbeatMs: number,
    private readonly events: PartitionEvents,
  ) {}

  /** @throws what kafkajs throws when a commit fails: the records come again */
  async work(payload: EachBatchPayload): Promise<LaneOutcome> {
    const { batch, heartbeat, isRunning, isStale } = payload;
    const deliveries = batch.messages.map(
      (message) => new KafkaDelivery(message, this.consumer.type, this.claims),
    );
    const endAt = performance.now() + roundMs;
    let isLost = false;
    // kafkajs itself sends heartbeats between batches only. A failed one means a rebalance or a lost broker: the
    // batch that runs is ended and committed if that still works, and kafkajs learns the same from its next request.
    const beat = setInterval(() => {
      heartbeat().catch(() => (isLost = true));
    }, this.heartbeatMs);
    try {
      return await this.processor.run(deliveries, {
        isEnding: () => isLost || !isRunning() || isStale() || performance.now() > endAt,
        commit: (count) => this.commit(payload, count),
      });
    } finally {
      clearInterval(beat);
    }
  }

  private async commit(payload: EachBatchPayload, count: number): Promise<void> {
    const { batch, resolveOffset, commitOffsetsIfNecessary } = payload;
    const { topic, partition, highWatermark, messages } = batch;
    const { offset } = messages[count - 1]!;
    const next = BigInt(offset) + 1n;
    // The helper of eachBatch: the consumer's own commitOffsets does nothing, silently, once it is stopping.
    await commitOffsetsIfNecessary({
      topics: [{ topic, partitions: [{ partition, offset: String(next) }] }],
    });
    resolveOffset(offset);
    this.events.committed(Math.max(0, Number(BigInt(highWatermark) - next)));
  }
}

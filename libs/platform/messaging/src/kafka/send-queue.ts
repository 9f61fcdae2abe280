import type { Message } from 'kafkajs';

/** A record ready to be sent, with its place. */
export interface WireRecord {
  readonly topic: string;
  readonly partition: number;
  readonly message: Message;
  readonly sizeBytes: number;
}

/** One call of `send`, settled when its last record is. */
export interface Ticket {
  open: number;
  error: unknown;
  settle(): void;
}

interface Waiting {
  readonly record: WireRecord;
  readonly ticket: Ticket;
}

/** kafkajs makes one record batch for each partition, and the broker's limit of 1 MiB is on that batch. */
const maxBatchBytes = 900_000;
/** Of a whole request, over all partitions; the last one taken may go beyond. */
const maxRequestBytes = 16_000_000;

/** Records that wait to be sent, in order within each partition. */
export class SendQueue {
  private readonly partitions = new Map<string, Waiting[]>();

  get isEmpty(): boolean {
    return this.partitions.size === 0;
  }

  add(record: WireRecord, ticket: Ticket): void {
    const id = `${record.topic}/${record.partition}`;
    const waiting = this.partitions.get(id);
    if (waiting === undefined) this.partitions.set(id, [{ record, ticket }]);
    else waiting.push({ record, ticket });
  }

  /** The next request: from each partition what fits into one record batch. Never empty unless the queue is. */
  take(): readonly Waiting[] {
    const request: Waiting[] = [];
    let requestBytes = 0;
    for (const [id, waiting] of [...this.partitions]) {
      let taken = 0;
      let batchBytes = 0;
      for (const { record } of waiting) {
        batchBytes += record.sizeBytes;
        if (batchBytes > maxBatchBytes && taken > 0) break;
        requestBytes += record.sizeBytes;
        taken += 1;
      }
      request.push(...waiting.slice(0, taken));
      // A partition with a rest goes to the end, so that each gets its turn.
      this.partitions.delete(id);
      if (taken < waiting.length) this.partitions.set(id, waiting.slice(taken));
      if (requestBytes > maxRequestBytes) break;
    }
    return request;
  }
}

import { DeadLetterStore, type DeadLetter } from '../port/dead-letter-store.port.js';
import { deadLetterHeaders } from './dead-letter-record.js';
import type { KafkaProducer } from './kafka-producer.js';
import { deadLetterTopicName, letterPartition } from './topics.js';

/** Keeps dead letters in `<topic>.dead-letter`: the record as it was, with headers that say who gave it up and why. */
export class KafkaDeadLetters extends DeadLetterStore {
  constructor(
    private readonly producer: KafkaProducer,
    private readonly prefix: string,
  ) {
    super();
  }

  override async add(letters: readonly DeadLetter[]): Promise<void> {
    await this.producer.send(
      letters.map((letter) => ({
        topic: deadLetterTopicName(this.prefix, letter.topic),
        key: letter.key,
        value: Buffer.from(letter.value),
        headers: deadLetterHeaders(letter),
        partition: letterPartition,
      })),
    );
  }
}

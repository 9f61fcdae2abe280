import { DeadLetterStore, type DeadLetter } from '../port/dead-letter-store.port.js';
import type { KafkaProducer } from './kafka-producer.js';
import { deadLetterTopicName } from './topics.js';

/** Longer texts are cut: a record's headers must not outgrow its batch. */
const maxDetailLength = 2000;

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
      letters.map(({ topic, service, key, headers, value, reason, failedAt }) => ({
        topic: deadLetterTopicName(this.prefix, topic),
        key,
        value: Buffer.from(value),
        headers: {
          ...headers,
          'dead-service': service,
          'dead-family': reason.family,
          'dead-code': reason.code,
          'dead-detail': reason.detail.slice(0, maxDetailLength),
          'dead-at': failedAt,
        },
      })),
    );
  }
}

/** Reads a record of a dead-letter topic back. */
export function deadLetterOf(
  topic: string,
  record: { key: string; headers: Record<string, string>; value: string },
) {
  const {
    'dead-service': service = '',
    'dead-family': family,
    'dead-code': code = '',
    'dead-detail': detail = '',
    'dead-at': failedAt = '',
    ...headers
  } = record.headers;
  const letter: DeadLetter = {
    topic,
    service,
    key: record.key,
    headers,
    value: record.value,
    reason: { family: family === 'refusal' ? 'refusal' : 'bug', code, detail },
    failedAt,
  };
  return letter;
}

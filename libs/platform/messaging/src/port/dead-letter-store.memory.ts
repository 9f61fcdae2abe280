import { DeadLetterStore, type DeadLetter } from './dead-letter-store.port.js';

/** Keeps dead letters in memory, at most `limit` of them (the oldest go first). For tests. */
export class InMemoryDeadLetterStore extends DeadLetterStore {
  readonly letters: DeadLetter[] = [];

  constructor(private readonly limit = 10_000) {
    super();
  }

  override async add(letters: readonly DeadLetter[]): Promise<void> {
    this.letters.push(...letters);
    this.letters.splice(0, this.letters.length - this.limit);
  }
}

/** Why a record is dead: `refusal` (permanent, the data's fault) or `bug` (it failed again and again, alone). */
export interface DeadReason {
  readonly family: 'refusal' | 'bug';
  /** Stable code, for instance `messaging.invalid-message`; `bug` where the error had none. */
  readonly code: string;
  /** What to do, or the error's own words. */
  readonly detail: string;
}

/** A record that could not be handled, complete enough to be shown and published again. */
export interface DeadLetter {
  /** Of the message type, without the installation's prefix: `render-message.v1`. */
  readonly topic: string;
  /** The service that could not handle it. */
  readonly service: string;
  readonly key: string;
  /** As on the wire, in kebab-case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as JSON (or what came instead of JSON). */
  readonly value: string;
  readonly reason: DeadReason;
  /** How often the record was tried by itself before it was given up. */
  readonly tries: number;
  /** RFC 3339, UTC. */
  readonly failedAt: string;
}

/**
 * Where dead letters go. Kafka keeps them in `<topic>.dead-letter`; the embedded shape in a table. A letter may be
 * added twice after a crash. Any error makes the bus try again, without limit, before it goes on: no letter is lost.
 * People see them through a `DeadLetterBox`.
 */
export abstract class DeadLetterStore {
  abstract add(letters: readonly DeadLetter[]): Promise<void>;
}

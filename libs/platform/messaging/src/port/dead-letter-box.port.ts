import type { DeadLetter } from './dead-letter-store.port.js';

/** A dead letter that nobody has replayed or dropped yet, without its body. */
export interface OpenLetter extends Omit<DeadLetter, 'value'> {
  /** `<topic>/…`: names the letter for as long as it is kept. */
  readonly id: string;
  readonly sizeBytes: number;
  /** How often it was replayed before, and died again. */
  readonly replays: number;
  /** From then on it can only be dropped. */
  readonly replayableUntil: Date;
  /** Its replay was asked for, and is done as soon as Mailrun runs (embedded shape only). */
  readonly isWaiting: boolean;
}

export interface LetterPage {
  readonly items: readonly OpenLetter[];
  /** For `after`, when there are more. */
  readonly next: string | undefined;
}

/** One letter, or all open ones (of a topic) as of now. */
export type LetterChoice = { readonly id: string } | { readonly topic: string | undefined };

export interface ReplayResult {
  /** Published again, and open no more. */
  readonly replayed: number;
  /** Asked for, and done as soon as Mailrun runs. */
  readonly waiting: number;
  /** Too old to be replayed; they stay open. */
  readonly tooOld: number;
}

/** At most so many letters on a page. */
export const maxPageSize = 500;

/**
 * The open dead letters, for people. A replay publishes the record as it was (see `replayedHeaders`) and then forgets
 * the letter: killed in between, or asked for by two at once, a record is published twice, which changes nothing, and
 * none is lost. A record that dies again is a new letter.
 *
 * Topics are those of message types, without prefix: `render-message.v1`.
 *
 * @throws Outage when broker or database is away
 */
export abstract class DeadLetterBox {
  /** Ordered by topic, then oldest first. @param page.limit at most {@link maxPageSize} */
  abstract list(page: {
    readonly topic?: string | undefined;
    readonly limit: number;
    /** The `next` of the page before. */
    readonly after?: string | undefined;
  }): Promise<LetterPage>;

  /** One open letter with its body; undefined when there is none of that id. */
  abstract find(id: string): Promise<(OpenLetter & { readonly value: string }) | undefined>;

  /** @param onProgress is told how many are replayed so far */
  abstract replay(choice: LetterChoice, onProgress?: (replayed: number) => void): Promise<ReplayResult>;

  /** Forgets letters. @returns how many */
  abstract drop(choice: LetterChoice): Promise<number>;
}

import type { BusMessage } from '@mailrun/contracts';

/** One record of a lane (a Kafka partition, or an in-process queue), before it is decoded. */
export interface Delivery {
  readonly key: string;
  /** Of the body, also where the record carries a claim only. */
  readonly sizeBytes: number;
  /**
   * The valid message.
   * @throws Refusal when it can never be read
   * @throws Outage when the claim store is away
   */
  decode(): BusMessage | Promise<BusMessage>;
  /** The record as it came, for the dead letter. */
  raw(): RawRecord;
  /** Called when the record was handled, or is dead again: for who waits for that. */
  readonly settled?: () => void;
}

export interface RawRecord {
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
}

/** Where a lane is: what it commits, and when it must stop. */
export interface LaneControl {
  /** The first `count` deliveries are done. @throws anything, which ends the run of the lane */
  commit(count: number): Promise<void>;
  /** True when no further batch may begin. */
  isEnding(): boolean;
}

/** How a run over deliveries ended: all done, ended between two batches, or to be tried again after a pause. */
export type LaneOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'outage'; readonly retryInMs: number; readonly error: unknown };

import type { BusHeaders, BusMessage } from '@mailrun/contracts';

/** What a handler learns about its batch, and how it rejects single messages of it. */
export interface BatchContext {
  /** `render-message.v1` */
  readonly topic: string;
  /** Ends when the transport stops: a handler that can end early without loss may listen. */
  readonly signal: AbortSignal;
  /**
   * Sends one message of this batch to the dead letter when the handler has resolved; the others count as handled.
   * For messages that can never be handled. Business outcomes are messages of their own, not rejections.
   */
  reject(message: BusMessage, failure: { readonly code: string; readonly detail: string }): void;
}

/** A dead record, as `@OnDeadLetter` methods see it. */
export interface DeadRecord<Body = unknown> {
  readonly key: string;
  /** As on the wire, in kebab-case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The same, parsed, when they are valid (also where the body is not). */
  readonly busHeaders?: BusHeaders;
  /** The message, when headers and body are valid. */
  readonly message?: BusMessage<Body>;
  /** The parsed JSON where the body does not fit its schema: look for an id in it, trust nothing. */
  readonly invalidBody?: unknown;
  readonly reason: { readonly family: 'refusal' | 'bug'; readonly code: string; readonly detail: string };
}

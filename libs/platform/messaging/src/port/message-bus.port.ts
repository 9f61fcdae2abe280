import type { BusHeaders, MessageType } from '@mailrun/contracts';

/** Headers that a publisher gives. `producedAt` is set by the bus; without a `traceparent` the active span is named. */
export type OutgoingHeaders = Omit<BusHeaders, 'producedAt'>;

/** One message to publish. Made by {@link outgoing}, which ties the body to its type. */
export interface Outgoing {
  readonly type: MessageType;
  readonly headers: OutgoingHeaders;
  readonly body: unknown;
}

/** A message for {@link MessageBus.publish}. */
export const outgoing = <Body>(
  type: MessageType<string, Body>,
  headers: OutgoingHeaders,
  body: Body,
): Outgoing => ({ type, headers, body });

/** The headers of a received message as those of the next one: same tenant, run, feeding and trace. */
export const onward = ({ producedAt: _, ...headers }: BusHeaders): OutgoingHeaders => headers;

/**
 * The bus, as publishers see it. Handlers are controllers with `@ConsumesBatch` methods.
 *
 * `publish` resolves when every message is safe with the broker (Kafka: on all in-sync replicas; in-process: in the
 * queue of each group). Messages with the same key keep their order. All bodies are validated strictly before the
 * first one leaves.
 *
 * @throws Refusal `messaging.invalid-message` when a body or header does not fit its type (nothing was published)
 * @throws Refusal `messaging.body-too-large` when a body is larger than the claim store takes
 * @throws Outage when the broker cannot be reached or is stopping (part of the batch may have been published)
 */
export abstract class MessageBus {
  abstract publish(batch: readonly Outgoing[]): Promise<void>;
}

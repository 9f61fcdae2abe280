/**
 * What the bus tells about itself, for metrics. `topic` is the type's, without prefix (`render-message.v1`): a closed
 * set. Calls are synchronous and must not throw.
 */
export interface MessagingObserver {
  /** One `publish` reached the broker. `seconds` includes the wait for room in queues. */
  published(of: { topic: string; records: number; bytes: number; seconds: number }): void;
  /** One batch was handled and committed. */
  consumed(of: { topic: string; records: number; bytes: number; handlerSeconds: number }): void;
  /** Records went to the dead letter. */
  deadLettered(of: { topic: string; records: number; family: 'refusal' | 'bug' }): void;
  /**
   * Dead letters that wait for people. Kafka counts what the topic holds, so letters that were handled while an older
   * one stays open are in it until that one is handled, too.
   */
  openDeadLetters(of: { topic: string; records: number }): void;
  /** A handler threw, for the reason named; its records are tried again. */
  failed(of: { topic: string; family: 'outage' | 'refusal' | 'bug' }): void;
  /** Records behind the newest (Kafka, per partition) or waiting in the queue (in-process, partition 0). */
  lag(of: { topic: string; partition: number; records: number }): void;
  /** Nobody consumes the topic in this process (in-process only). */
  unclaimed(of: { topic: string; records: number }): void;
}

const ignore = () => undefined;

/** An observer that looks away. */
export const noObserver: MessagingObserver = {
  published: ignore,
  consumed: ignore,
  deadLettered: ignore,
  openDeadLetters: ignore,
  failed: ignore,
  lag: ignore,
  unclaimed: ignore,
};

import type { BusMessage, MessageType } from '@mailrun/contracts';
import { topicOf } from '@mailrun/contracts';
import { MessageBus, type Outgoing } from '../port/message-bus.port.js';
import { validated } from '../wire/validate.js';
import { Collected } from './collected.js';

/** A bus that delivers nothing and remembers all, as strict as the real ones. For unit tests of publishers. */
export class RecordingBus extends MessageBus {
  readonly published = new Collected<BusMessage & { readonly topic: string }>();
  /** Thrown by the next `publish` calls while set. */
  failure: Error | undefined;

  override async publish(batch: readonly Outgoing[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    const producedAt = new Date().toISOString();
    const messages = batch.map((message) => {
      const { headers, body } = validated(message, producedAt);
      return { topic: topicOf(message.type), headers, body };
    });
    this.published.add(...messages);
  }

  /** The bodies published of one type. */
  bodiesOf<Body>(type: MessageType<string, Body>): readonly Body[] {
    const topic = topicOf(type);
    return this.published.items.filter((message) => message.topic === topic).map(({ body }) => body as Body);
  }
}

import { BatchServer } from '../consume/batch-server.js';
import type { MessagingHealth } from '../port/health.js';
import type { InProcessBroker } from './in-process.broker.js';
import type { InProcessQueue } from './in-process.queue.js';

/** Consumes from an {@link InProcessBroker}: the `strategy` of a Nest microservice. */
export class InProcessTransport extends BatchServer {
  private queues: InProcessQueue[] = [];
  private state: 'new' | 'listening' | 'closed' = 'new';

  /** @param options.service the consumer group, by the service's one name */
  constructor(private readonly options: { readonly broker: InProcessBroker; readonly service: string }) {
    super();
  }

  override listen(callback: (error?: unknown) => void): void {
    const { broker, service } = this.options;
    try {
      this.queues = this.consumers().map((consumer) => broker.open(service, consumer));
    } catch (error) {
      callback(error);
      return;
    }
    for (const queue of this.queues) queue.start();
    this.state = 'listening';
    callback();
  }

  override async close(): Promise<void> {
    this.state = 'closed';
    await Promise.all(this.queues.map((queue) => queue.stop()));
  }

  override health(): MessagingHealth {
    const paused = this.queues.flatMap((queue) => queue.paused());
    const queues = Object.fromEntries(
      this.queues.map((queue) => [queue.consumer.topic, queue.depth.records]),
    );
    return {
      live: true,
      ready: this.state === 'listening' && paused.length === 0,
      detail: { transport: 'in-process', state: this.state, queues, paused },
    };
  }

  override unwrap<T>(): T {
    return this.options.broker as T;
  }
}

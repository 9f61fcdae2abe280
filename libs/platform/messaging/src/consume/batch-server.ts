import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { topicOf, type BusMessage, type MessageType } from '@mailrun/contracts';
import { isObservable, lastValueFrom } from 'rxjs';
import type { BatchContext, DeadRecord } from './batch-context.js';
import type { HandlerExtras } from './consumes-batch.decorator.js';
import type { BatchLimits } from './limits.js';
import type { MessagingHealth } from '../port/health.js';

/** A message type with its handlers in one service. */
export interface Consumer {
  readonly type: MessageType;
  /** `render-message.v1` */
  readonly topic: string;
  readonly limits: BatchLimits;
  handle(batch: readonly BusMessage[], context: BatchContext): Promise<void>;
  onDeadLetter?(dead: readonly DeadRecord[]): Promise<void>;
}

async function settled(handler: MessageHandler, data: unknown, context?: unknown): Promise<void> {
  const result: unknown = await handler(data, context);
  if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
}

/** What both transports share: it collects the decorated handlers, and hands their errors on. */
export abstract class BatchServer extends Server implements CustomTransportStrategy {
  /** We look at each handler's error ourselves, so Nest need not report it a second time. */
  override readonly propagatesEventHandlerErrors = true;

  private readonly batchHandlers = new Map<
    string,
    { extras: HandlerExtras['mailrun']; handler: MessageHandler }
  >();
  private readonly deadLetterHandlers = new Map<string, MessageHandler>();

  override addHandler(
    pattern: unknown,
    handler: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const { mailrun } = extras as Partial<HandlerExtras>;
    // Other transports of a hybrid application may have handlers of their own.
    if (mailrun === undefined) return;
    super.addHandler(pattern, handler, isEventHandler, extras);
    const topic = topicOf(mailrun.type);
    const taken =
      mailrun.role === 'batch' ? this.batchHandlers.has(topic) : this.deadLetterHandlers.has(topic);
    if (taken) throw new Error(`Two ${mailrun.role} handlers for ${topic} in one service: keep one.`);
    if (mailrun.role === 'batch') this.batchHandlers.set(topic, { extras: mailrun, handler });
    else this.deadLetterHandlers.set(topic, handler);
  }

  /** The registered consumers. @throws Error when a dead-letter handler has no batch handler beside it */
  protected consumers(): Consumer[] {
    for (const topic of this.deadLetterHandlers.keys()) {
      if (!this.batchHandlers.has(topic))
        throw new Error(`@OnDeadLetter without @ConsumesBatch for ${topic}.`);
    }
    return [...this.batchHandlers].map(([topic, { extras, handler }]) => {
      const onDead = this.deadLetterHandlers.get(topic);
      return {
        type: extras.type,
        topic,
        limits: extras.limits,
        handle: (batch, context) => settled(handler, batch, context),
        ...(onDead === undefined
          ? {}
          : { onDeadLetter: (dead: readonly DeadRecord[]) => settled(onDead, dead) }),
      };
    });
  }

  abstract health(): MessagingHealth;

  override on(): never {
    throw new Error('This transport has no events of its own; ask health().');
  }
}

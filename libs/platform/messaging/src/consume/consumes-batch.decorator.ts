import { UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topicOf, type BusMessage, type MessageType } from '@mailrun/contracts';
import type { BatchContext, DeadRecord } from './batch-context.js';
import { defaultBatchLimits, type BatchLimits } from './limits.js';
import { RethrowFilter } from './rethrow.filter.js';

/** What our decorators leave for the transports beside a handler. */
export interface HandlerExtras {
  readonly mailrun: {
    readonly role: 'batch' | 'dead-letter';
    readonly type: MessageType;
    readonly limits: BatchLimits;
  };
}

const handles =
  (pattern: string, mailrun: HandlerExtras['mailrun']) =>
  (target: object, key: string | symbol, descriptor: PropertyDescriptor): void => {
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
    UseFilters(RethrowFilter)(target, key, descriptor);
    (EventPattern(pattern, { mailrun } satisfies HandlerExtras) as MethodDecorator)(target, key, descriptor);
  };

/**
 * Marks a controller method as the handler of a message type. It gets batches in the order of their keys; when its
 * promise resolves, the batch is committed, so resolve after the database commit. Any message may come again.
 *
 * Thrown outages (`isOutage`) pause the partition or lane, without limit; anything else makes the bus try each record
 * alone, and only those that fail go to the dead letter: a Refusal at once, a bug after a set number of tries.
 */
export const ConsumesBatch =
  <Body>(type: MessageType<string, Body>, limits: Partial<BatchLimits> = {}) =>
  <Handler extends (batch: readonly BusMessage<Body>[], context: BatchContext) => Promise<void>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Handler>,
  ): void =>
    handles(topicOf(type), {
      role: 'batch',
      type,
      limits: { ...defaultBatchLimits, ...limits },
    })(target, key, descriptor);

/** Pattern of the method that is told of a type's dead letters. */
export const deadLetterPattern = (topic: string): string => `${topic}.dead-letter`;

/**
 * Marks a controller method that is told of dead records of a type, after they were stored and before they are
 * committed: the place to publish a refusal or mark a document failed. An outage thrown here pauses and repeats; a
 * bug is tried a set number of times, then logged.
 */
export const OnDeadLetter =
  <Body>(type: MessageType<string, Body>) =>
  <Handler extends (dead: readonly DeadRecord<Body>[]) => Promise<void>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Handler>,
  ): void =>
    handles(deadLetterPattern(topicOf(type)), {
      role: 'dead-letter',
      type,
      limits: defaultBatchLimits,
    })(target, key, descriptor);

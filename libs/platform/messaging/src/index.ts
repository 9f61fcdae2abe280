export {
  MessageBus,
  onward,
  outgoing,
  type Outgoing,
  type OutgoingHeaders,
} from './port/message-bus.port.js';
export { DeadLetterStore, type DeadLetter, type DeadReason } from './port/dead-letter-store.port.js';
export {
  DeadLetterBox,
  maxPageSize,
  type LetterChoice,
  type LetterPage,
  type OpenLetter,
  type ReplayResult,
} from './port/dead-letter-box.port.js';
export { replayableUntil, replayedHeaders, replaysOf } from './wire/replay.js';
export { InMemoryDeadLetterStore } from './port/dead-letter-store.memory.js';
export { ClaimStore } from './port/claim-store.port.js';
export { InMemoryClaimStore } from './port/claim-store.memory.js';
export { noObserver, type MessagingObserver } from './port/observer.js';
export type { MessagingLog, MessagingLogEntry } from './port/log.js';
export type { MessagingHealth } from './port/health.js';
export type { BatchContext, DeadRecord } from './consume/batch-context.js';
export { defaultBatchLimits, type BatchLimits } from './consume/limits.js';
export { ConsumesBatch, OnDeadLetter } from './consume/consumes-batch.decorator.js';
export { InProcessBroker, type InProcessOptions } from './in-process/in-process.broker.js';
export { InProcessTransport } from './in-process/in-process.transport.js';
export { KafkaMessaging, type KafkaMessagingOptions } from './kafka/kafka-messaging.js';
export type { KafkaSettings } from './kafka/kafka-client.js';
export { KafkaTransport } from './kafka/kafka.transport.js';
export {
  deadLetterTopicName,
  deadLetterPartitions,
  groupName,
  topicName,
  type TopicSettings,
} from './kafka/topics.js';
export type { OutagePause } from './delivery/back-off.js';
export type { ClaimLimits } from './wire/claim-check.js';

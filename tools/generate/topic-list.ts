import { messageTypes, topicOf, type MessageType } from '@mailrun/contracts';
import { deadLetterPartitions } from '@mailrun/platform-messaging';
import { consumersByType } from './consumers.js';

/** For the chart: topics without the installation's prefix, and who consumes them (a group of the service's name). */
export function topicList(): string {
  const consumers = consumersByType();
  const topics = (messageTypes as readonly MessageType[]).map((type) => ({
    topic: topicOf(type),
    deadLetterTopic: `${topicOf(type)}.dead-letter`,
    consumers: consumers.get(type.name) ?? [],
  }));
  return JSON.stringify({ topics, deadLetterPartitions });
}

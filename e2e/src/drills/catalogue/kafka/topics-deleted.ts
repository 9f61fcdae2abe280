import { messageTypes, topicOf } from '@mailrun/contracts';
import { topicName } from '@mailrun/platform-messaging';
import type { Drill } from '../../drill.js';

export const topicsDeleted: Drill = {
  name: 'kafka-topics-deleted',
  what: 'All topics are deleted with what is in them, and made again by the command.',
  isShort: true,
  rounds: { short: 1, long: 6 },
  round: async ({ ground: { system, tamper }, fault, wait }) => {
    await wait(0, 500);
    await tamper.delete(messageTypes.map((type) => topicName(system.prefix, topicOf(type))));
    fault('topics deleted');
    await wait(0, 1_000);
    await system.command('topics');
  },
};

import { messageTypes, topicOf } from '@mailrun/contracts';
import { topicName } from '@mailrun/platform-messaging';
import type { Drill } from '../../drill.js';

const allTopics = (prefix: string) => messageTypes.map((type) => topicName(prefix, topicOf(type)));

/** Within this time a mail goes its whole way. */
const latestMs = 3_000;

/** Every record comes a second time: in its order, or in another one and after records that were written later. */
const repeated = (isShuffled: boolean): Drill => ({
  name: isShuffled ? 'kafka-records-reordered' : 'kafka-records-twice',
  what: isShuffled
    ? 'Every record comes again later, in any order, after newer ones.'
    : 'Every record of every topic is delivered twice.',
  isShort: true,
  before: async ({ ground: { system, tamper }, random }) => {
    tamper.repeated = 0;
    await tamper.repeatAll(allTopics(system.prefix), (items) =>
      isShuffled
        ? random.shuffled(items).map((item) => ({ items: [item], afterMs: random.between(1, latestMs) }))
        : [{ items, afterMs: 0 }],
    );
  },
  after: async ({ ground: { tamper }, mailServer, workload, fault, wait }) => {
    await mailServer.ledger.until(({ accepted }) => accepted.length >= workload.messages, 240_000);
    await wait(500, 1_000);
    await tamper.stop();
    for (let count = tamper.repeated; count > 0; count -= 1) fault('record repeated');
  },
});

export const recordsReordered = repeated(true);
export const recordsRepeated: readonly Drill[] = [repeated(false), recordsReordered];

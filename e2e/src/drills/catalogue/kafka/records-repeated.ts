import { messageTypes, topicOf } from '@mailrun/contracts';
import { topicName } from '@mailrun/platform-messaging';
import type { Drill } from '../../drill.js';

const allTopics = (prefix: string) => messageTypes.map((type) => topicName(prefix, topicOf(type)));

/** Every record comes a second time: in its order, or in another one and after records that were written later. */
const repeated = (isShuffled: boolean): Drill => ({
  name: isShuffled ? 'kafka-records-reordered' : 'kafka-records-twice',
  what: isShuffled
    ? 'Every record comes again later, in any order, after newer ones.'
    : 'Every record of every topic is delivered twice.',
  isShort: true,
  before: async ({ ground: { system, tamper }, random }) => {
    const order = <Item>(items: Item[]) => (isShuffled ? random.shuffled(items) : items);
    tamper.repeated = 0;
    await tamper.repeatAll(allTopics(system.prefix), order);
  },
  after: async ({ ground: { tamper }, workload, fault, wait }) => {
    await workload.untilFinal(true, 120_000);
    await wait(500, 1_000);
    await tamper.stop();
    for (let count = tamper.repeated; count > 0; count -= 1) fault('record repeated');
  },
});

export const recordsRepeated: readonly Drill[] = [repeated(false), repeated(true)];

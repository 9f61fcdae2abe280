import { groupName } from '@mailrun/platform-messaging';
import type { OffsetPlace } from '@mailrun/testing';
import type { Drill } from '../../drill.js';

/** What each service reads. */
const read = {
  runs: ['message-outcome', 'document-made'],
  renderer: ['render-message', 'make-documents'],
  packager: ['package-message'],
  dispatcher: ['dispatch-message', 'run-control'],
} as const;

/** A group can be moved only while it has no members. */
const reset = (place: OffsetPlace): Drill => ({
  name: `kafka-offsets-to-${place}`,
  what:
    place === 'beginning'
      ? 'All services read every record again, from the first day on.'
      : 'All services skip every record that they have not read yet.',
  isShort: place === 'beginning',
  rounds: { short: 1, long: 8 },
  round: async ({ ground, fault, wait }) => {
    const { system, tamper } = ground;
    await wait(0, 500);
    const names = Object.keys(read) as (keyof typeof read)[];
    await Promise.all(names.map((name) => system.process(name).stop()));
    await Promise.all(
      names.map(async (name) => {
        const topics = read[name].map((topic) => ground.topic(topic));
        await tamper.resetOffsets(groupName(system.prefix, name), topics, place);
        fault(`offsets to the ${place}`);
      }),
    );
    await Promise.all(names.map((name) => system.process(name).start()));
  },
});

export const offsetsReset: readonly Drill[] = [reset('beginning'), reset('end')];

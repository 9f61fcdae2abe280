import { campaign } from './campaign.js';
import { mindsClocks } from './clocks.js';
import { mutations, ownClock } from './mutations.js';
import { replay } from './simulation.js';

/** So many schedules must be enough: a small part of what the suite plays. */
const mostSchedules = 4000;

describe('the simulation notices a system that', () => {
  it.each(Object.entries(mutations))(
    '%s',
    async (_, { parts, breaks, scenario = {}, schedule }) => {
      const found =
        schedule === undefined
          ? (await campaign({ schedules: mostSchedules, parts, scenario })).found
          : await replay(schedule, parts);
      expect(breaks).toContain(found?.violation?.rule);
    },
    600_000,
  );

  it.each(Object.entries(mutations).filter(([, { schedule }]) => schedule !== undefined))(
    '%s, and finds nothing where it does',
    async (_, { schedule }) => expect((await replay(schedule!)).violation).toBeUndefined(),
  );

  it('decides by its own clock', async () => {
    let seed = 1;
    while (seed < mostSchedules && !(await mindsClocks(seed, ownClock))) seed += 1;
    expect(seed).toBeLessThan(mostSchedules);
  }, 600_000);
});

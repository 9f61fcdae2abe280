import { campaign } from './campaign.js';
import { mindsClocks } from './clocks.js';
import { mutations, ownClock } from './mutations.js';

/** So many schedules must be enough: a small part of what the suite plays. */
const mostSchedules = 4000;

describe('the simulation notices a system that', () => {
  it.each(Object.entries(mutations))(
    '%s',
    async (_, { parts, breaks, scenario = {} }) => {
      const { found } = await campaign({ schedules: mostSchedules, parts, scenario });
      expect(breaks).toContain(found?.violation?.rule);
    },
    600_000,
  );

  it('decides by its own clock', async () => {
    let seed = 1;
    while (seed < mostSchedules && !(await mindsClocks(seed, ownClock))) seed += 1;
    expect(seed).toBeLessThan(mostSchedules);
  }, 600_000);
});

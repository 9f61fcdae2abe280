import { foundSchedules } from './found-schedules.js';
import { replay } from './simulation.js';

describe('what the simulation found stays mended:', () => {
  it.each(foundSchedules.map((found) => [found.was, found] as const))('%s', async (_, found) => {
    const { violation } = await replay(found);
    expect(violation && `${violation.rule}: ${violation.message}`).toBeUndefined();
  });
});

import { mindsClocks } from './clocks.js';
import { playSeed, replay } from './simulation.js';

describe('the simulation', () => {
  it.each([1, 2, 3, 4, 5])(
    'plays seed %i twice in the same way, and its schedule as it was',
    async (seed) => {
      const first = await playSeed(seed);
      const { moves, books } = await playSeed(seed);
      expect([moves, books()]).toEqual([first.moves, first.books()]);
      expect((await replay(first)).moves).toEqual(first.moves);
    },
  );

  it('comes to the same end whatever the clocks of its processes say', async () => {
    for (let seed = 1; seed <= 100; seed += 1) expect([seed, await mindsClocks(seed)]).toEqual([seed, false]);
  }, 600_000);

  it('gives the process its real clock back', async () => {
    await playSeed(1);
    expect(Math.abs(new Date().getTime() - Date.now())).toBeLessThan(1000);
    expect(Date.now()).toBeGreaterThan(Date.UTC(2026, 0, 2));
  });
});

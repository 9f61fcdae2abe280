import { playSeed, replay } from './simulation.js';

describe('the simulation', () => {
  it.each([1, 2, 3, 4, 5])(
    'plays seed %i twice in the same way, and its schedule as it was',
    async (seed) => {
      const first = await playSeed(seed);
      expect(await playSeed(seed)).toEqual(first);
      expect((await replay(first)).moves).toEqual(first.moves);
    },
  );

  it('gives the process its real clock back', async () => {
    await playSeed(1);
    expect(Math.abs(new Date().getTime() - Date.now())).toBeLessThan(1000);
    expect(Date.now()).toBeGreaterThan(Date.UTC(2026, 0, 2));
  });
});

import { Random } from './random.js';

const draw = (random: Random) => Array.from({ length: 20 }, () => random.between(0, 1000));

describe('Random', () => {
  it('draws the same for the same seed, and something else for another', () => {
    expect(draw(new Random(7))).toEqual(draw(new Random(7)));
    expect(draw(new Random(7))).not.toEqual(draw(new Random(8)));
  });

  it('gives each part numbers of its own, whatever was drawn before', () => {
    const random = new Random(7);
    const first = draw(random.fork('kill'));
    draw(random);
    expect(draw(random.fork('kill'))).toEqual(first);
    expect(draw(random.fork('cut'))).not.toEqual(first);
  });

  it('stays between its ends and reaches both', () => {
    const random = new Random(1);
    const drawn = new Set(Array.from({ length: 500 }, () => random.between(3, 6)));
    expect([...drawn].sort()).toEqual([3, 4, 5, 6]);
  });

  it('mixes without losing anything', () => {
    const mixed = new Random(5).shuffled([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(mixed).not.toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(mixed.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

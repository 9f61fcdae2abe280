import { Quarantine } from './quarantine.js';

describe('Quarantine', () => {
  it('takes a program in after so many stops, for so long', () => {
    let now = 0;
    const quarantine = new Quarantine(2, 1000, () => now);
    quarantine.record('a');
    expect(quarantine.has('a')).toBe(false);
    now = 500;
    quarantine.record('a');
    expect([quarantine.has('a'), quarantine.has('b')]).toEqual([true, false]);
    now = 1501;
    expect(quarantine.has('a')).toBe(false);
    quarantine.record('a');
    expect(quarantine.has('a')).toBe(false);
  });

  it('lets renderings that went well make up for stopped ones', () => {
    const quarantine = new Quarantine(2, 1000, () => 0);
    for (let n = 0; n < 10; n++) {
      quarantine.record('a');
      quarantine.forgive('a', 10);
    }
    expect(quarantine.has('a')).toBe(false);
    for (const _ of [1, 2, 3]) {
      quarantine.record('a');
      quarantine.forgive('a', 3);
    }
    expect(quarantine.has('a')).toBe(true);
  });
});

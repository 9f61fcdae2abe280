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
});

import { RateLimit } from './rate-limit.js';

describe('RateLimit', () => {
  it('lets a burst pass, then says how long to wait, and refills with time', () => {
    const limit = new RateLimit(10, 2);
    expect([limit.take('a', 0), limit.take('a', 0)]).toEqual([0, 0]);
    expect(limit.take('a', 0)).toBeCloseTo(0.1);
    expect(limit.take('b', 0)).toBe(0);
    expect(limit.take('a', 150)).toBe(0);
  });

  it('forgets the least recently used beyond its bound', () => {
    const limit = new RateLimit(1, 1, 2);
    for (const name of ['a', 'b', 'c']) limit.take(name, 0);
    expect(limit.take('a', 0)).toBe(0);
    expect(limit.take('c', 0)).toBeGreaterThan(0);
  });
});

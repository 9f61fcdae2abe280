import { RateMeter } from './rate-meter.js';

describe('the measured rate', () => {
  it('is nothing before the first mail', () => expect(new RateMeter().perMinute(0)).toBe(0));

  it('is that of the last ten seconds', () => {
    const meter = new RateMeter();
    for (let now = 0; now < 30_000; now += 100) meter.add(now);
    expect(meter.perMinute(29_999)).toBeGreaterThan(590);
    expect(meter.perMinute(29_999)).toBeLessThan(670);
    expect(meter.perMinute(60_000)).toBe(0);
  });

  it('says something after the first second already', () => {
    const meter = new RateMeter();
    for (let now = 0; now < 1_000; now += 100) meter.add(now);
    expect(meter.perMinute(1_000)).toBe(600);
  });
});

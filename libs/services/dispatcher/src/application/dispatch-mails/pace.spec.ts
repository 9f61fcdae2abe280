import { Pace } from './pace.js';

it('tells how quickly things happened lately', () => {
  const pace = new Pace();
  expect(pace.everyMs).toBe(20);
  for (let at = 0; at < 100; at += 0.5) pace.beat(at);
  expect(pace.everyMs).toBeCloseTo(0.5, 1);
  for (let at = 100; at < 400; at += 5) pace.beat(at);
  expect(pace.everyMs).toBeCloseTo(5, 1);
});

it('forgets a long silence after a few', () => {
  const pace = new Pace();
  for (let at = 0; at < 50; at += 0.2) pace.beat(at);
  pace.beat(3_600_000);
  for (let at = 3_600_000; at < 3_600_005; at += 0.2) pace.beat(at);
  expect(pace.everyMs).toBeLessThan(1);
});

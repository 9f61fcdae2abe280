import { jest } from '@jest/globals';
import { ConsumerHealth } from './consumer-health.js';

describe('ConsumerHealth', () => {
  let health: ConsumerHealth;
  beforeEach(() => {
    jest.useFakeTimers();
    health = new ConsumerHealth(60_000);
  });
  afterEach(() => jest.useRealTimers());

  const state = () => {
    const { live, ready } = health.report();
    return { live, ready };
  };

  it('is ready from the moment it joined its group, and not while the group is rebalanced', () => {
    expect(state()).toEqual({ live: true, ready: false });
    health.joined();
    expect(state()).toEqual({ live: true, ready: true });
    health.joining();
    expect(state()).toEqual({ live: true, ready: false });
  });

  it('is well for ever in a process that handles no records', () => {
    health.idle();
    jest.advanceTimersByTime(3_600_000);
    expect(state()).toEqual({ live: true, ready: true });
    health.stopped();
    expect(state().ready).toBe(false);
  });

  it('is not ready while any lane is paused, and says since when and why', () => {
    health.joined();
    health.paused('a/0', new Error('first'));
    health.paused('a/1', new Error('other'));
    const [{ since }] = health.report().detail['paused'] as [{ since: string }];
    jest.advanceTimersByTime(5000);
    health.paused('a/0', new Error('again'));
    health.resumed('a/1');
    expect(health.report()).toMatchObject({
      live: true,
      ready: false,
      detail: { paused: [{ lane: 'a/0', since, why: 'again' }] },
    });
    health.keep(new Set(['a/1']));
    expect(state().ready).toBe(true);
  });

  it('is not ready when the broker does not answer, except while a handler works', async () => {
    health.joined();
    jest.advanceTimersByTime(16_000);
    expect(state()).toEqual({ live: true, ready: false });
    health.fetched();
    let end: () => void = () => undefined;
    const work = health.during(() => new Promise<void>((resolve) => (end = resolve)));
    jest.advanceTimersByTime(30_000);
    expect(state().ready).toBe(true);
    end();
    await work;
    expect(state().ready).toBe(true);
  });

  it('is not live when nothing moves for too long, or kafkajs gave up; a restart by kafkajs is life', () => {
    health.joined();
    jest.advanceTimersByTime(61_000);
    expect(state()).toEqual({ live: false, ready: false });
    health.restarting(new Error('broker away'));
    expect(state()).toEqual({ live: true, ready: false });
    expect(health.report().detail['lastError']).toBe('broker away');
    health.crashed(new TypeError('bug'));
    expect(state()).toEqual({ live: false, ready: false });
  });

  it('stays live when it was stopped on purpose', () => {
    health.joined();
    health.stopped();
    jest.advanceTimersByTime(600_000);
    expect(state()).toEqual({ live: true, ready: false });
  });
});

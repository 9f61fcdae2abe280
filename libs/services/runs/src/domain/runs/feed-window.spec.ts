import { AcceptanceRate } from './acceptance-rate.js';
import { feedAgainAfterMs } from './feed-interval.js';
import { shareWindow, type FeedableRun } from './feed-window.js';

const run = (runId: string, change: Partial<FeedableRun> = {}): FeedableRun => ({
  runId,
  tenantId: 'tenant-a',
  pending: 10_000,
  queued: 0,
  accepted: 0,
  messagesPerMinute: null,
  ratePerSecond: 0,
  ...change,
});
const sum = (shares: readonly { messages: number }[]) =>
  shares.reduce((total, { messages }) => total + messages, 0);

describe('the feeding window', () => {
  it('feeds 500 messages when nothing is known of the speed, and no more than are pending', () => {
    expect(shareWindow([run('a')], 0)).toEqual([{ runId: 'a', tenantId: 'tenant-a', messages: 500 }]);
    expect(sum(shareWindow([run('a', { pending: 3 })], 0))).toBe(3);
  });

  it('counts what is under way, and waits until a quarter of the window is free', () => {
    expect(sum(shareWindow([run('a', { queued: 300 })], 0))).toBe(200);
    expect(shareWindow([run('a', { queued: 400 })], 0)).toEqual([]);
  });

  it('grows to half a second of what the slowest step manages', () => {
    const runs = Array.from({ length: 5 }, (_, n) => run(`r${n}`));
    expect(sum(shareWindow(runs, 4000))).toBe(2000);
  });

  it('gives each tenant the same room, whatever the number of its runs', () => {
    const runs = [run('a1'), run('a2'), run('a3'), run('b', { tenantId: 'tenant-b' })];
    const shares = shareWindow(runs, 0);
    expect(sum(shares.filter(({ tenantId }) => tenantId === 'tenant-b'))).toBe(250);
    expect(sum(shares)).toBe(500);
  });

  it('gives what a small run does not need to the others', () => {
    const shares = shareWindow([run('big'), run('small', { tenantId: 'tenant-b', pending: 10 })], 0);
    expect(Object.fromEntries(shares.map(({ runId, messages }) => [runId, messages]))).toEqual({
      small: 10,
      big: 490,
    });
  });

  it('seals no more than two minutes of the server’s rate ahead', () => {
    const slow = { messagesPerMinute: 600 };
    expect(sum(shareWindow([run('a', { ...slow, accepted: 1000 })], 0))).toBe(200);
    expect(shareWindow([run('a', { ...slow, accepted: 1200 })], 0)).toEqual([]);
  });
});

describe('the acceptance rate', () => {
  it('leaves idle time out, so that the window does not shrink by itself', () => {
    const rate = new AcceptanceRate();
    rate.add(500, 10_000);
    rate.add(500, 13_000);
    expect(rate.perSecond(13_100)).toBe(2000);
    expect(rate.hasMoved(5000, 13_100)).toBe(true);
    expect(rate.hasMoved(5000, 30_000)).toBe(false);
  });
});

it('feeds again after 15 seconds, doubling up to ten minutes', () => {
  expect([1, 2, 3, 6, 7, 20].map((feeds) => feedAgainAfterMs(feeds, 15_000))).toEqual([
    15_000, 30_000, 60_000, 480_000, 600_000, 600_000,
  ]);
});

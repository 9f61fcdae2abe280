import { SlotQueue } from './slot-queue.js';

const slots = (startsInMs: number, intervalMs: number, count: number) => ({ startsInMs, intervalMs, count });

describe('the moments at which mails may leave', () => {
  it('come one after the other', () => {
    const queue = new SlotQueue();
    queue.add(slots(10, 100, 3), 1000);
    expect(queue.take(1000)).toBe(false);
    expect(queue.msToNext(1000)).toBe(10);
    expect([queue.take(1010), queue.take(1010)]).toEqual([true, false]);
    expect(queue.take(1110)).toBe(true);
    expect(queue.count).toBe(1);
  });

  it('are lost when nobody used them, so that no burst follows a pause', () => {
    const queue = new SlotQueue();
    queue.add(slots(0, 10, 100), 0);
    let taken = 0;
    while (queue.take(900)) taken += 1;
    expect(taken).toBeLessThanOrEqual(26);
  });

  it('are none when there are none', () => {
    expect(new SlotQueue().msToNext(0)).toBeUndefined();
  });
});

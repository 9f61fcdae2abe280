import { laneCount, slotLifeMs } from '../../domain/slots.js';
import { SlotGrid } from './slot-grid.js';

const all = Array.from({ length: laneCount }, (_, lane) => lane);
const intervalMs = 1_000;
/** The shared clock is this much ahead of ours. */
const ahead = 5_000_000;

function grid(lanes: readonly number[] = all, now = 0): SlotGrid {
  const one = new SlotGrid();
  one.take({ intervalMs, lanes, nowMs: now + ahead }, now);
  return one;
}
/** When it let a mail leave, looking every millisecond. */
function usesOf(one: SlotGrid, from: number, to: number): number[] {
  const uses: number[] = [];
  for (let now = from; now < to; now += 1) if (one.use(now)) uses.push(now);
  return uses;
}

describe('the moments of a limited rate', () => {
  it('come once in each interval', () => {
    expect(usesOf(grid(), 0, 5_000)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  });

  it('are divided among those who have their lanes', () => {
    const mine = usesOf(grid([0, 3, 6, 9]), 0, 24_000);
    const theirs = usesOf(grid(all.filter((lane) => lane % 3 !== 0)), 0, 24_000);
    expect([...mine, ...theirs].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 24 }, (_, i) => i * 1_000),
    );
  });

  it('may be used a little late, and are lost then', () => {
    const one = grid();
    one.use(0);
    expect(one.use(1_000 + slotLifeMs)).toBe(true);
    expect(one.use(1_001 + slotLifeMs)).toBe(false);
    expect(one.msToNext(2_100 + slotLifeMs)).toBeCloseTo(900 - slotLifeMs);
    expect(usesOf(one, 30_100 + slotLifeMs, 31_500)).toEqual([31_000]);
  });

  it('are not used twice when lanes change hands', () => {
    const one = grid([0, 1], 10);
    // Granted after that moment: it was the other one's.
    const next = one.msToNext(10)! + 10;
    expect(next).toBeGreaterThan(10);
    one.take({ intervalMs, lanes: [], nowMs: ahead + 20 }, 20);
    expect(one.msToNext(20)).toBeUndefined();
  });

  it('stay where they are when an answer of the limits took long', () => {
    const one = grid();
    one.use(0);
    one.take({ intervalMs, lanes: all, nowMs: ahead + 100 }, 400);
    const [next] = usesOf(one, 400, 2_000);
    expect(next).toBeGreaterThanOrEqual(999);
    expect(next).toBeLessThanOrEqual(1_001);
  });

  it('follow the shared clock when it is set', () => {
    const one = grid();
    one.use(0);
    one.take({ intervalMs, lanes: all, nowMs: ahead - 3_600_000 }, 300);
    expect(usesOf(one, 300, 3_300)).toHaveLength(3);
  });

  it('are none without a grant', () => {
    const one = new SlotGrid();
    expect(one.isLimited).toBe(false);
    expect(one.use(0)).toBe(false);
    expect(one.msToNext(0)).toBeUndefined();
  });
});

import { Progress, formatDuration } from './progress.js';

describe('Progress', () => {
  it('shows how far, how fast, and how long still', () => {
    let nowMs = 0;
    const progress = new Progress('Sending', 400, () => nowMs);
    expect(progress.line(0)).toBe(`Sending [${' '.repeat(30)}] 0/400`);
    nowMs = 2_000;
    expect(progress.line(200)).toBe(`Sending [${'█'.repeat(15)}${' '.repeat(15)}] 200/400  100/s  2 s left`);
    nowMs = 4_000;
    expect(progress.line(400)).toBe(`Sending [${'█'.repeat(30)}] 400/400  100/s  done`);
  });

  it('follows the speed of the last seconds', () => {
    let nowMs = 0;
    const progress = new Progress('Sending', 10_000, () => nowMs);
    for (; nowMs <= 60_000; nowMs += 1_000) progress.line(nowMs / 10);
    const done = progress.line(6_000);
    expect(done).toContain('  80/s');
  });

  it('has nothing to wait for when there is nothing', () => {
    expect(new Progress('Sending', 0, () => 0).line(0)).toBe(`Sending [${'█'.repeat(30)}] 0/0  done`);
  });

  it('says durations as people do', () => {
    expect([0.2, 59, 61, 7_800].map(formatDuration)).toEqual(['1 s', '59 s', '1 min 1 s', '2 h 10 min']);
  });
});

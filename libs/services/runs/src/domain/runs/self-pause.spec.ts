import { LastMessages, selfPauses } from './self-pause.js';
import { whyTexts } from './status-texts.js';

describe('the last messages of a run', () => {
  const of = (failed: number, sent: number) => {
    const last = new LastMessages();
    for (let n = 0; n < failed; n += 1) last.add(true, n);
    for (let n = 0; n < sent; n += 1) last.add(false, failed + n);
    return last;
  };

  it('are too bad when more than the share of them failed', () => {
    expect(of(51, 49).exceeds(0.5)).toBe(true);
    expect(of(50, 50).exceeds(0.5)).toBe(false);
  });

  it('are the last hundred, and not judged before there are so many', () => {
    expect(of(99, 0).exceeds(0.5)).toBe(false);
    expect(of(100, 50).exceeds(0.5)).toBe(false);
    expect(of(100, 49).exceeds(0.5)).toBe(true);
  });

  it('leave out what ended before the run was resumed', () => {
    expect(of(100, 0).exceeds(0.5, 1)).toBe(false);
    expect(of(100, 0).exceeds(0.5, 0)).toBe(true);
  });

  it('never pause a run for which every share is right', () => {
    expect(of(100, 0).exceeds(1)).toBe(false);
  });

  it('have a text for each reason to pause', () => {
    for (const why of selfPauses) expect(whyTexts[why]?.nextStep).toBeDefined();
  });
});

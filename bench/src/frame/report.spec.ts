import { resultOf, table } from './report.js';

const at = new Date('2025-06-01T08:00:00Z');

describe('the result of a benchmark', () => {
  it('meets a target from above when more is better', () => {
    const common = { name: 'send', unit: 'mails/s', baseline: 1000, better: 'more', target: 2 } as const;
    expect(resultOf({ ...common, measured: 2000 }, at)).toMatchObject({ ratio: 2, target: 2, met: true });
    expect(resultOf({ ...common, measured: 1999 }, at).met).toBe(false);
  });

  it('meets a target from below when less is better', () => {
    const common = { name: 'prepare', unit: 's', baseline: 10, better: 'less', target: 2 } as const;
    expect(resultOf({ ...common, measured: 20 }, at).met).toBe(true);
    expect(resultOf({ ...common, measured: 20.1 }, at).met).toBe(false);
  });

  it('says nothing of a target that nobody set', () => {
    const result = resultOf({ name: 'zip', unit: '1/s', baseline: 3, measured: 1, better: 'more' }, at);
    expect(result).toMatchObject({ ratio: 0.3333, target: null, met: null, at: '2025-06-01T08:00:00.000Z' });
    expect(table([result])).toContain('zip        1/s   3         1        0.3333 ×');
  });
});

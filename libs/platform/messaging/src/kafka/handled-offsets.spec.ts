import { HandledOffsets, readMark, spansOf, writeMark } from './handled-offsets.js';

const handled = (...spans: readonly (readonly [number, number])[]) => {
  const offsets = new HandledOffsets();
  for (const [from, to] of spans) offsets.add({ from: BigInt(from), to: BigInt(to) });
  return offsets;
};
const listed = (offsets: HandledOffsets) => [...Array(20).keys()].filter((one) => offsets.has(BigInt(one)));

describe('handled offsets', () => {
  it('are those of all marks, in any order, overlapping or not', () => {
    expect(listed(handled())).toEqual([]);
    expect(listed(handled([5, 7], [1, 2], [10, 12]))).toEqual([1, 5, 6, 10, 11]);
    expect(listed(handled([5, 7], [6, 9], [9, 10], [1, 3], [0, 2]))).toEqual([0, 1, 2, 5, 6, 7, 8, 9]);
    expect(listed(handled([5, 5], [7, 6]))).toEqual([]);
    expect(listed(handled([2, 4], [8, 10], [0, 15]))).toEqual([...Array(15).keys()]);
  });

  it('say where the first open one is, and how many are open', () => {
    const offsets = handled([3, 5], [5, 6], [8, 9]);
    expect([0n, 3n, 4n, 6n, 8n].map((from) => offsets.firstOpenFrom(from))).toEqual([0n, 6n, 6n, 6n, 9n]);
    expect(offsets.openWithin(0n, 10n)).toBe(6);
    expect(offsets.openWithin(4n, 9n)).toBe(2);
    expect(offsets.openWithin(9n, 3n)).toBe(0);
  });

  it('agree with a plain set on a thousand random marks', () => {
    const offsets = new HandledOffsets();
    const plain = new Set<number>();
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let turn = 0; turn < 1000; turn += 1) {
      const from = random(5000);
      const to = from + random(4);
      offsets.add({ from: BigInt(from), to: BigInt(to) });
      for (let one = from; one < to; one += 1) plain.add(one);
    }
    for (let one = 0; one < 5010; one += 1) expect(offsets.has(BigInt(one))).toBe(plain.has(one));
    expect(offsets.openWithin(0n, 5010n)).toBe(5010 - plain.size);
  });

  it('become spans without gaps', () => {
    expect(spansOf([])).toEqual([]);
    expect(spansOf([1n, 2n, 3n, 7n, 9n, 10n])).toEqual([
      { from: 1n, to: 4n },
      { from: 7n, to: 8n },
      { from: 9n, to: 11n },
    ]);
  });
});

describe('a mark', () => {
  const mark = { from: 2n ** 60n, to: 2n ** 60n + 2n, at: 'now' } as const;

  it('is read as it was written', () => {
    expect(readMark(writeMark({ ...mark, how: 'dropped' }))).toEqual({ ...mark, how: 'dropped' });
  });

  it.each(['', 'no JSON', 'null', '{"from":"1"}', writeMark({ ...mark, from: -1n, how: 'dropped' })])(
    'is not what somebody else wrote: %s',
    (value) => {
      expect(readMark(value)).toBeUndefined();
    },
  );
});

import { ClusterTree, parentsFirst } from './cluster-tree.js';

describe('ClusterTree', () => {
  const tree = () => {
    const made = new ClusterTree();
    for (const [code, parent] of [
      ['ALL', null],
      ['NL', 'ALL'],
      ['ABC', 'NL'],
    ] as const) {
      made.place(code, parent);
    }
    return made;
  };

  it('finds a cycle over any number of levels, and none elsewhere', () => {
    expect(tree().wouldBeCycle('ALL', 'ABC')).toBe(true);
    expect(tree().wouldBeCycle('ALL', 'ALL')).toBe(true);
    expect(tree().wouldBeCycle('ABC', 'ALL')).toBe(false);
    expect(tree().wouldBeCycle('ABC', null)).toBe(false);
    expect(tree().wouldBeCycle('NEW', 'ABC')).toBe(false);
  });

  it('sees moves that were made before', () => {
    const moved = tree();
    moved.place('ABC', null);
    expect(moved.wouldBeCycle('ALL', 'ABC')).toBe(false);
    moved.place('ALL', 'ABC');
    expect(moved.wouldBeCycle('ABC', 'NL')).toBe(true);
  });

  it('ends on a ring that is there already', () => {
    const ring = new ClusterTree();
    ring.place('A', 'B');
    ring.place('B', 'A');
    expect(ring.wouldBeCycle('C', 'A')).toBe(false);
  });
});

describe('parentsFirst', () => {
  const order = (...pairs: [code: string, parentCode?: string][]) =>
    parentsFirst(pairs.map(([code, parentCode], at) => ({ code, parentCode, at }))).map(({ at }) => at);

  it('puts parents before their children, and keeps the order of one code', () => {
    expect(order(['C', 'B'], ['B', 'A'], ['A'], ['C', 'A'])).toEqual([2, 1, 0, 3]);
    expect(order(['X', 'ELSEWHERE'], ['Y', 'X'])).toEqual([0, 1]);
  });

  it('waits for every parent that the changes of one code name', () => {
    expect(order(['C', 'A'], ['C', 'B'], ['B', 'A'], ['A'])).toEqual([3, 2, 0, 1]);
  });

  it('leaves out nothing of a ring, and takes chains that are longer than the call stack', () => {
    expect(order(['A', 'B'], ['B', 'A'], ['S', 'S']).sort()).toEqual([0, 1, 2]);
    const chain = Array.from({ length: 50_000 }, (_, i): [string, string] => [`K${i}`, `K${i + 1}`]);
    expect(order(...chain)[0]).toBe(49_999);
  });
});

import { shareConnections, type Holder } from './share-connections.js';

const holder = (id: string, wanted: number, granted: number): Holder => ({ id, wanted, granted });

describe('sharing the connections of a mail server', () => {
  it('gives a lone replica what it wants, up to the limit', () => {
    expect(shareConnections(10, 'a', [holder('a', 4, 0)])).toBe(4);
    expect(shareConnections(10, 'a', [holder('a', 40, 0)])).toBe(10);
  });

  it('never gives more than is free', () => {
    expect(shareConnections(10, 'b', [holder('a', 10, 10), holder('b', 10, 0)])).toBe(0);
    expect(shareConnections(10, 'b', [holder('a', 10, 7), holder('b', 10, 0)])).toBe(3);
  });

  it('makes the one above its share close some, for the others', () => {
    const [above, below] = [holder('a', 10, 10), holder('b', 10, 0)];
    expect(shareConnections(10, 'a', [above, below])).toBe(5);
    expect(shareConnections(10, 'b', [holder('a', 10, 5), below])).toBe(5);
  });

  it('gives what one does not want to the others', () => {
    const holders = [holder('a', 1, 1), holder('b', 20, 0), holder('c', 20, 4)];
    expect(shareConnections(10, 'b', holders)).toBe(5);
  });

  it('gives a single connection to one of many', () => {
    const holders = [holder('a', 5, 0), holder('b', 5, 0)];
    expect(['a', 'b'].map((id) => shareConnections(1, id, holders))).toEqual([1, 0]);
  });

  it('gives each of too many its turn', () => {
    const ids = ['a', 'b', 'c'];
    const holders = ids.map((id) => holder(id, 5, 0));
    const at = (turn: number) => ids.map((id) => shareConnections(2, id, holders, turn));
    expect([0, 1, 2].map(at)).toEqual([
      [1, 1, 0],
      [1, 0, 1],
      [0, 1, 1],
    ]);
    expect(ids.map((id) => shareConnections(4, id, holders, 1))).toEqual([2, 1, 1]);
  });
});

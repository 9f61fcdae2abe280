import { splitRendered } from './rendered-text.js';

describe('splitRendered', () => {
  it('gives each job its results, and failed ones their header', () => {
    const failed = { part: 1, kind: 'failed', message: 'no' };
    const text = `${JSON.stringify([[1, 0, 2], failed, [], [3]])}\nabcd\ne`;
    expect(splitRendered(text)).toEqual([['a', '', 'bc'], failed, [], ['d\ne']]);
  });
});

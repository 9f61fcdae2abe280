import { mergeCluster } from './cluster.js';

describe('mergeCluster', () => {
  const stored = { code: 'NL', name: 'Netherlands', parentCode: 'ALL' };

  it('keeps what is missing and moves to the top by null', () => {
    expect(mergeCluster(stored, { code: 'NL' }).outcome).toBe('unchanged');
    expect(mergeCluster(stored, { code: 'NL', name: 'Holland' })).toMatchObject({
      outcome: 'updated',
      value: { name: 'Holland', parentCode: 'ALL' },
    });
    expect(mergeCluster(stored, { code: 'NL', parentCode: null })).toMatchObject({
      outcome: 'updated',
      value: { parentCode: null },
    });
  });

  it('makes a new one with a name only', () => {
    expect(mergeCluster(undefined, { code: 'BE', name: 'Belgium' })).toEqual({
      outcome: 'created',
      value: { code: 'BE', name: 'Belgium', parentCode: null },
    });
    expect(mergeCluster(undefined, { code: 'BE' })).toMatchObject({
      outcome: 'refused',
      faults: [{ pointer: '/name', code: 'required' }],
    });
  });
});

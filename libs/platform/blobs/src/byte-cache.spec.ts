import { ByteCache } from './byte-cache.js';

function counting() {
  const loads: string[] = [];
  return { loads, load: (key: string) => async () => (loads.push(key), key.toUpperCase()) };
}

describe('a cache bounded in bytes', () => {
  it('loads once, also for those who ask meanwhile', async () => {
    const cache = new ByteCache<string>(100);
    const { loads, load } = counting();
    expect(await Promise.all([cache.get('a', 10, load('a')), cache.get('a', 10, load('a'))])).toEqual([
      'A',
      'A',
    ]);
    expect(loads).toEqual(['a']);
  });

  it('forgets what was not used for longest', async () => {
    const cache = new ByteCache<string>(100);
    const { loads, load } = counting();
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.get(key, 50, load(key));
    expect(loads).toEqual(['a', 'b', 'c', 'b']);
  });

  it('does not keep what is larger than all of it', async () => {
    const cache = new ByteCache<string>(100);
    const { loads, load } = counting();
    for (const key of ['a', 'big', 'a', 'big']) await cache.get(key, key === 'big' ? 101 : 1, load(key));
    expect(loads).toEqual(['a', 'big', 'big']);
  });

  it('asks again for what could not be loaded', async () => {
    const cache = new ByteCache<string>(100);
    await expect(cache.get('a', 10, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await cache.get('a', 10, async () => 'there')).toBe('there');
  });
});

import { ByteCache } from './byte-cache.js';

describe('ByteCache', () => {
  const counted = () => {
    const loads: string[] = [];
    return { loads, load: (key: string) => async () => (loads.push(key), key.toUpperCase()) };
  };

  it('loads once, also for those who ask meanwhile', async () => {
    const cache = new ByteCache<string>(100);
    const { loads, load } = counted();
    await expect(
      Promise.all([cache.get('a', 10, load('a')), cache.get('a', 10, load('a'))]),
    ).resolves.toEqual(['A', 'A']);
    expect(loads).toEqual(['a']);
  });

  it('forgets what was not used for longest when it is full', async () => {
    const cache = new ByteCache<string>(20);
    const { loads, load } = counted();
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.get(key, 10, load(key));
    expect(loads).toEqual(['a', 'b', 'c', 'b']);
  });

  it('does not keep a failure', async () => {
    const cache = new ByteCache<string>(20);
    await expect(cache.get('a', 10, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    await expect(cache.get('a', 10, async () => 'A')).resolves.toBe('A');
  });
});

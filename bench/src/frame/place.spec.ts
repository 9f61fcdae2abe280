import { Place } from './place.js';

describe('the place of a benchmark', () => {
  it('undoes what was done, the last first, once, and goes on after a failure', async () => {
    const place = new Place();
    const undone: string[] = [];
    place.atEnd(() => Promise.resolve(undone.push('first')));
    place.atEnd(() => Promise.reject(new Error('does not end')));
    place.atEnd(() => Promise.resolve(undone.push('last')));
    await expect(place.clear()).rejects.toThrow('Something is left behind.');
    await expect(place.clear()).rejects.toThrow('Something is left behind.');
    expect(undone).toEqual(['last', 'first']);
  });
});

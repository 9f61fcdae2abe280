import { keyAt, locate, locatePrefix } from './layout.js';

describe('layout', () => {
  it.each(['pin', 'pins/abc', 'documents/t1/abc', 'sealed/t1/m1/1/abc'])(
    'finds the key %s from its place',
    (key) => {
      expect(keyAt(locate(key))).toBe(key);
    },
  );

  it('gives a tenant folders of its own and a mail none', () => {
    expect(locate('sealed/t1/m1/1/abc')).toEqual({
      folder: expect.stringMatching(/^sealed\/t1\/=[0-9a-f]$/) as string,
      name: 'm1,1,abc',
    });
  });

  it('narrows a prefix to a folder and the beginning of names', () => {
    expect(locatePrefix('')).toEqual({ folder: '', namePrefix: '' });
    expect(locatePrefix('sealed/t1/')).toEqual({ folder: 'sealed/t1', namePrefix: '' });
    expect(locatePrefix('sealed/t1/m1/1/')).toEqual({ folder: 'sealed/t1', namePrefix: 'm1,1,' });
  });
});

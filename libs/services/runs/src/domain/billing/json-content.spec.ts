import { isSameJson, jsonFault } from './json-content.js';

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

describe('jsonFault', () => {
  it('takes whatever JSON has', () => {
    expect(jsonFault({ a: [1, 'ü😀', null, true, { b: -0.5 }], '': nested(60) }, '')).toBeUndefined();
  });

  it.each([
    [{ a: 'x\0' }, 'json.bad-text'],
    [{ 'x\0': 1 }, 'json.bad-text'],
    [['\ud83d'], 'json.bad-text'],
    [{ a: Infinity }, 'json.bad-number'],
    [nested(65), 'json.too-deep'],
    ['ü'.repeat(600_000), 'json.too-large'],
  ])('refuses what can not be kept or walked through', (value, code) => {
    expect(jsonFault(value, '/data')).toMatchObject({ pointer: '/data', code });
  });
});

describe('isSameJson', () => {
  it('compares by content', () => {
    expect(isSameJson({ a: [1, { b: null }], c: 'x' }, { c: 'x', a: [1, { b: null }] })).toBe(true);
    for (const other of [{}, { a: 2 }, { a: 1, b: 1 }, { b: 1 }, [1], null, 1]) {
      expect(isSameJson({ a: 1 }, other)).toBe(false);
    }
    expect(isSameJson([1, 2], [2, 1])).toBe(false);
    expect(isSameJson([], {})).toBe(false);
    expect(isSameJson({ a: undefined }, { b: undefined })).toBe(false);
  });
});

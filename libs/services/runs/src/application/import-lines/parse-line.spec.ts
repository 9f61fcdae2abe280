import { z } from 'zod';
import { parseLine } from './parse-line.js';

const schema = z.strictObject({ code: z.string(), count: z.int().optional() });
const parse = (bytes: Buffer | string | undefined, number = 7) =>
  parseLine(schema, { number, bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes });

describe('parseLine', () => {
  it('takes a good line, the first one with a byte order mark too', () => {
    expect(parse('{"code":"A","count":1}\r')).toEqual({ line: 7, value: { code: 'A', count: 1 } });
    expect(parse('\ufeff{"code":"A"}', 1)).toEqual({ line: 1, value: { code: 'A' } });
    expect(parse('\ufeff{"code":"A"}', 2)).toMatchObject({ faults: [{ code: 'line.not-json' }] });
  });

  it.each([
    [undefined, 'line.too-long'],
    [Buffer.from([0x22, 0xc3, 0x22]), 'line.not-utf8'],
    ['{"code":', 'line.not-json'],
    ['{"code":"\\u0000"}', 'code.bad-text'],
    ['{"code":"\\udc00"}', 'code.bad-text'],
  ])('refuses %j', (bytes, code) => {
    expect(parse(bytes)).toMatchObject({ line: 7, faults: [{ pointer: '', code }] });
  });

  it('never repeats the text of a line that is no JSON: it may hold a password', () => {
    expect(JSON.stringify(parse('{"passwords":{"A":"hunter22"'))).not.toContain('hunter22');
    expect(JSON.stringify(parse('{"code":"hunter22" oops}'))).not.toContain('hunter22');
  });

  it('names at most twenty faults, in texts that can be kept', () => {
    const fields = Array.from({ length: 30 }, (_, i) => `"${'\\u0000'.repeat(400)}${i}":1`).join(',');
    const line = parse(`{"code":"A",${fields}}`);
    if (!('faults' in line)) throw new Error('It was taken.');
    expect(line.faults).toHaveLength(20);
    for (const { pointer } of line.faults) {
      expect(pointer.length).toBeLessThanOrEqual(300);
      expect(pointer).not.toContain('\0');
    }
  });
});

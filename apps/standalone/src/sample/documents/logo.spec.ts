import { crc32, inflateSync } from 'node:zlib';
import { drawLogo } from './logo.js';

describe('drawLogo', () => {
  it('makes a PNG that is whole', () => {
    const png = drawLogo();
    expect(png.toString('latin1', 1, 4)).toBe('PNG');
    const chunks = new Map<string, Buffer>();
    for (let at = 8; at < png.length;) {
      const length = png.readUInt32BE(at);
      const end = at + 8 + length;
      expect(png.readUInt32BE(end)).toBe(crc32(png.subarray(at + 4, end)));
      chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, end));
      at = end + 4;
    }
    expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
    expect(inflateSync(chunks.get('IDAT') ?? '')).toHaveLength(128 * (1 + 128 * 4));
  });
});

import { uuidV7 } from './uuid-v7.js';

describe('uuidV7', () => {
  it('has version, variant and time of RFC 9562', () => {
    const id = uuidV7(0x0190_0000_0001);
    expect(id).toMatch(/^01900000-0001-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuidV7() > id).toBe(true);
    expect(new Set(Array.from({ length: 100 }, () => uuidV7(1))).size).toBe(100);
  });
});

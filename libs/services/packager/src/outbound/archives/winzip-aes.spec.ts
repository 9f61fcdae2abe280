import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { WinZipAesCipher } from './winzip-aes.js';

/** The description's own words, one block at a time. */
function asDescribed(
  password: string,
  salt: Buffer,
  plain: Buffer,
): { verifier: Buffer; data: Buffer; mac: Buffer } {
  const keys = pbkdf2Sync(password, salt, 1000, 66, 'sha1');
  const data = Buffer.from(plain);
  for (let at = 0, counter = 1; at < data.length; at += 16, counter++) {
    const block = Buffer.alloc(16);
    block.writeUInt32LE(counter);
    const keystream = createCipheriv('aes-256-ecb', keys.subarray(0, 32), null).update(block);
    for (let n = at; n < Math.min(at + 16, data.length); n++) data[n] = data[n]! ^ keystream[n - at]!;
  }
  const mac = createHmac('sha1', keys.subarray(32, 64)).update(data).digest().subarray(0, 10);
  return { verifier: keys.subarray(64), data, mac };
}

async function encrypt(plain: Buffer, pieceBytes: number) {
  const cipher = await WinZipAesCipher.create('correct horse');
  const pieces: Buffer[] = [];
  for (let at = 0; at < plain.length; at += pieceBytes)
    pieces.push(...cipher.update(plain.subarray(at, at + pieceBytes)));
  return { header: cipher.header, data: Buffer.concat(pieces), mac: cipher.final() };
}

describe('AES of WinZip', () => {
  it.each([0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 200_000])(
    'encrypts %i bytes as described',
    async (size) => {
      const plain = randomBytes(size);
      const { header, data, mac } = await encrypt(plain, size + 1);
      const expected = asDescribed('correct horse', header.subarray(0, 16), plain);
      expect(header.subarray(16)).toEqual(expected.verifier);
      expect(data.equals(expected.data)).toBe(true);
      expect(mac).toEqual(expected.mac);
    },
  );

  it.each([1, 7, 16, 1000, 65_536])(
    'gives the same in pieces of %i bytes, wherever they lie in memory',
    async (piece) => {
      const plain = randomBytes(70_001).subarray(1);
      const { header, data, mac } = await encrypt(plain, piece);
      const expected = asDescribed('correct horse', header.subarray(0, 16), plain);
      expect(data.equals(expected.data)).toBe(true);
      expect(mac).toEqual(expected.mac);
    },
  );

  it('never uses a salt twice', async () => {
    const [a, b] = await Promise.all([encrypt(Buffer.from('x'), 1), encrypt(Buffer.from('x'), 1)]);
    expect(a.header).not.toEqual(b.header);
  });
});

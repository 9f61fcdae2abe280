import { randomBytes } from 'node:crypto';
import { sealedSecretSchema } from '@mailrun/contracts';
import { KeyRing } from './key-ring.js';
import { SecretBox, secretOwner } from './secret-box.js';

const key = () => randomBytes(32).toString('base64');
const owner = secretOwner('t1', 'customer', 'c1');

describe('SecretBox', () => {
  const oldKey = `2025:${key()}`;
  const box = new SecretBox(KeyRing.parse(oldKey));

  it.each(['', 'Geheim-123', 'Grüße, 世界'])('opens what it sealed: %j', (plaintext) => {
    const sealed = box.seal(plaintext, owner);
    expect(sealedSecretSchema.parse(sealed)).toEqual(sealed);
    expect(sealed.keyId).toBe('2025');
    expect(box.open(sealed, owner)).toBe(plaintext);
  });

  it('seals the same text differently each time', () => {
    expect(box.seal('x', owner).ciphertext).not.toBe(box.seal('x', owner).ciphertext);
  });

  it('opens for its owner only', () => {
    const sealed = box.seal('Geheim-123', owner);
    for (const other of [secretOwner('t2', 'customer', 'c1'), secretOwner('t1', 'customer', 'c2'), '']) {
      expect(() => box.open(sealed, other)).toThrow(expect.objectContaining({ code: 'secrets.unopenable' }));
    }
  });

  it('opens nothing that was changed or cut', () => {
    const bytes = Buffer.from(box.seal('Geheim-123', owner).ciphertext, 'base64');
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed[index]! ^= 1;
      const attempt = () => box.open({ keyId: '2025', ciphertext: changed.toString('base64') }, owner);
      expect(attempt).toThrow(expect.objectContaining({ code: 'secrets.unopenable' }));
    }
    for (const length of [0, 27, bytes.length - 1]) {
      const ciphertext = bytes.subarray(0, length).toString('base64');
      const attempt = () => box.open({ keyId: '2025', ciphertext }, owner);
      expect(attempt).toThrow(expect.objectContaining({ code: 'secrets.unopenable' }));
    }
  });

  it('seals with the first key of the ring and opens with all', () => {
    const sealed = box.seal('Geheim-123', owner);
    const rotated = new SecretBox(KeyRing.parse(`2026:${key()}, ${oldKey}`));
    expect(rotated.open(sealed, owner)).toBe('Geheim-123');
    expect(rotated.needsRotation(sealed)).toBe(true);
    const resealed = rotated.seal(rotated.open(sealed, owner), owner);
    expect(rotated.needsRotation(resealed)).toBe(false);
    expect(() => box.open(resealed, owner)).toThrow(
      expect.objectContaining({
        code: 'secrets.unknown-key',
        message: expect.stringContaining("'2026'") as string,
      }),
    );
  });
});

describe('KeyRing', () => {
  const good = key();

  it.each([
    ['', 'write it as id:base64key'],
    [good, 'write it as id:base64key'],
    [`a:${good}:x`, 'write it as id:base64key'],
    [`a b:${good}`, 'its id may have'],
    [`a:${good},a:${good}`, 'Key 2: its id is there twice'],
    ['a:§§', 'it is no base64'],
    [`a:${randomBytes(16).toString('base64')}`, 'it has 16 bytes, not 32'],
  ])('refuses %j and does not repeat it', (text, reason) => {
    const attempt = () => KeyRing.parse(text);
    expect(attempt).toThrow(reason);
    expect(attempt).not.toThrow(good);
  });
});

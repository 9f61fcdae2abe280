import { createSecretKey, type KeyObject } from 'node:crypto';
import { SecretError } from './secret-error.js';

const keyBytes = 32;
const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

/** The keys of an installation by id: the first seals, all open. */
export class KeyRing {
  private constructor(
    readonly sealingKeyId: string,
    private readonly keys: ReadonlyMap<string, KeyObject>,
  ) {}

  /**
   * Reads `id:base64key,id2:base64key2`; keys have 256 bits. To rotate, put a new key in front and keep the old ones
   * until everything is sealed anew (see {@link SecretBox.needsRotation}).
   */
  static parse(text: string): KeyRing {
    const keys = new Map<string, KeyObject>();
    text.split(',').forEach((entry, index) => {
      const [id, base64, ...rest] = entry.trim().split(':');
      const bad = (what: string) => new SecretError('secrets.bad-keys', `Key ${index + 1}: ${what}.`);
      if (id === undefined || base64 === undefined || rest.length > 0) throw bad('write it as id:base64key');
      if (!idPattern.test(id)) throw bad('its id may have letters, digits, dots, dashes and underscores');
      if (keys.has(id)) throw bad('its id is there twice');
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw bad('it is no base64');
      const bytes = Buffer.from(base64, 'base64');
      if (bytes.length !== keyBytes)
        throw bad(`it has ${bytes.length} bytes, not ${keyBytes} (openssl rand -base64 32)`);
      keys.set(id, createSecretKey(bytes));
    });
    return new KeyRing([...keys.keys()][0]!, keys);
  }

  get sealingKey(): KeyObject {
    return this.keys.get(this.sealingKeyId)!;
  }

  find(id: string): KeyObject | undefined {
    return this.keys.get(id);
  }
}

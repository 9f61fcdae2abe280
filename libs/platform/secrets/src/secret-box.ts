import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SealedSecret } from '@mailrun/contracts';
import type { KeyRing } from './key-ring.js';
import { SecretError } from './secret-error.js';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Whose secret it is, for instance `tenant/<id>/customer/<id>`: moved to another row, a ciphertext does not open.
 * The parts are ids or keys, so none contains a `/`.
 */
export function secretOwner(tenantId: string, kind: string, id: string): string {
  return `tenant/${tenantId}/${kind}/${id}`;
}

/**
 * Passwords and credentials as AES-256-GCM envelopes (NIST SP 800-38D; nonce, ciphertext, tag in base64). Synchronous:
 * a password costs some microseconds.
 */
export class SecretBox {
  constructor(private readonly keys: KeyRing) {}

  seal(plaintext: string, owner: string): SealedSecret {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.keys.sealingKey, nonce).setAAD(Buffer.from(owner));
    const parts = [nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return { keyId: this.keys.sealingKeyId, ciphertext: Buffer.concat(parts).toString('base64') };
  }

  /** Throws {@link SecretError} `secrets.unknown-key` or `secrets.unopenable`. */
  open(sealed: SealedSecret, owner: string): string {
    const key = this.keys.find(sealed.keyId);
    if (key === undefined) {
      throw new SecretError(
        'secrets.unknown-key',
        `The key '${sealed.keyId}' is not among MAILRUN_SECRETS_KEYS.`,
      );
    }
    const bytes = Buffer.from(sealed.ciphertext, 'base64');
    if (bytes.length < nonceBytes + tagBytes) throw unopenable(sealed);
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
      .setAAD(Buffer.from(owner))
      .setAuthTag(bytes.subarray(-tagBytes));
    const plaintext = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
    try {
      return Buffer.concat([plaintext, decipher.final()]).toString('utf8');
    } catch {
      // OpenSSL says no more than that the tag is another one.
      throw unopenable(sealed);
    }
  }

  /** Whether it should be sealed anew, since the first key of the ring is another one now. */
  needsRotation(sealed: SealedSecret): boolean {
    return sealed.keyId !== this.keys.sealingKeyId;
  }
}

function unopenable(sealed: SealedSecret): SecretError {
  return new SecretError(
    'secrets.unopenable',
    `A secret under key '${sealed.keyId}' is damaged or belongs to another owner.`,
  );
}

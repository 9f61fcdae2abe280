import { createCipheriv, createHmac, pbkdf2, randomBytes, type Cipheriv, type Hmac } from 'node:crypto';
import { promisify } from 'node:util';

/**
 * AES-256 of WinZip (https://www.winzip.com/en/support/aes-encryption/): an entry's data are salt, two bytes that
 * verify the password, ciphertext, and ten bytes of HMAC-SHA1 over the ciphertext.
 */
const saltBytes = 16;
const keyBytes = 32;
const verifierBytes = 2;
const iterations = 1000;
const macBytes = 10;

/** What encryption adds to an entry's data. */
export const winZipAesOverheadBytes = saltBytes + verifierBytes + macBytes;

const blockBytes = 16;
/** Of keystream made at once. */
const maxBlocks = 4096;

const derive = promisify(pbkdf2);

/** Encrypts the data of one entry, in pieces of any size. */
export class WinZipAesCipher {
  /** Salt and password verifier: what stands before the ciphertext. */
  readonly header: Buffer;
  private readonly cipher: Cipheriv;
  private readonly mac: Hmac;
  private keystream = Buffer.alloc(0);
  /** Bytes of the keystream that are used up. */
  private used = 0;
  private nextBlock = 1;

  /** Deriving the keys takes about a millisecond, so it happens in the thread pool. Each entry has keys of its own. */
  static async create(password: string): Promise<WinZipAesCipher> {
    const salt = randomBytes(saltBytes);
    return new WinZipAesCipher(
      salt,
      await derive(password, salt, iterations, 2 * keyBytes + verifierBytes, 'sha1'),
    );
  }

  private constructor(salt: Buffer, keys: Buffer) {
    this.header = Buffer.concat([salt, keys.subarray(2 * keyBytes)]);
    this.cipher = createCipheriv('aes-256-ecb', keys.subarray(0, keyBytes), null).setAutoPadding(false);
    this.mac = createHmac('sha1', keys.subarray(keyBytes, 2 * keyBytes));
  }

  update(plain: Buffer): Buffer {
    const encrypted = Buffer.allocUnsafe(plain.length);
    for (let at = 0; at < plain.length;) {
      if (this.used === this.keystream.length) this.nextKeystream(plain.length - at);
      const count = Math.min(plain.length - at, this.keystream.length - this.used);
      xor(encrypted, at, plain, this.keystream, this.used, count);
      this.used += count;
      at += count;
    }
    this.mac.update(encrypted);
    return encrypted;
  }

  /** The authentication code: what stands after the ciphertext. */
  final(): Buffer {
    return this.mac.digest().subarray(0, macBytes);
  }

  /**
   * WinZip counts blocks little-endian from 1, OpenSSL's CTR mode big-endian: so the counters themselves are encrypted
   * (ECB), which gives the same keystream, and only as much of it as is needed.
   */
  private nextKeystream(neededBytes: number): void {
    const blocks = Math.min(maxBlocks, Math.ceil(neededBytes / blockBytes));
    this.keystream = this.cipher.update(counters(this.nextBlock, blocks));
    this.nextBlock += blocks;
    this.used = 0;
  }
}

const firstCounters = makeCounters(1, maxBlocks);

/** The blocks that hold the numbers from `first` on. Every entry starts with the same ones. */
function counters(first: number, blocks: number): Buffer {
  return first === 1 ? firstCounters.subarray(0, blocks * blockBytes) : makeCounters(first, blocks);
}

function makeCounters(first: number, blocks: number): Buffer {
  const bytes = Buffer.alloc(blocks * blockBytes);
  for (let n = 0; n < blocks; n++) {
    bytes.writeUInt32LE((first + n) >>> 0, n * blockBytes);
    bytes.writeUInt32LE(Math.floor((first + n) / 2 ** 32), n * blockBytes + 4);
  }
  return bytes;
}

/** By words where both sides allow it: a quarter of the time. */
function xor(out: Buffer, at: number, plain: Buffer, keystream: Buffer, from: number, count: number): void {
  let done = 0;
  const aligned = [out.byteOffset + at, plain.byteOffset + at, keystream.byteOffset + from].every(
    (o) => o % 4 === 0,
  );
  if (aligned) {
    const words = count >>> 2;
    const target = new Uint32Array(out.buffer, out.byteOffset + at, words);
    const left = new Uint32Array(plain.buffer, plain.byteOffset + at, words);
    const right = new Uint32Array(keystream.buffer, keystream.byteOffset + from, words);
    for (let n = 0; n < words; n++) target[n] = left[n]! ^ right[n]!;
    done = words * 4;
  }
  for (; done < count; done++) out[at + done] = plain[at + done]! ^ keystream[from + done]!;
}

import {
  createCipheriv,
  createHmac,
  createSecretKey,
  pbkdf2,
  randomBytes,
  type Cipheriv,
  type Hmac,
} from 'node:crypto';
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
    // As key objects: given as bytes, each costs ten microseconds more.
    const encryptionKey = createSecretKey(keys.subarray(0, keyBytes));
    const macKey = createSecretKey(keys.subarray(keyBytes, 2 * keyBytes));
    this.cipher = createCipheriv('aes-256-ecb', encryptionKey, null).setAutoPadding(false);
    this.mac = createHmac('sha1', macKey);
  }

  /** The ciphertext, in pieces: the keystream's own memory. */
  update(plain: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    for (let at = 0; at < plain.length;) {
      if (this.used === this.keystream.length) this.nextKeystream(plain.length - at);
      const count = Math.min(plain.length - at, this.keystream.length - this.used);
      const piece = this.keystream.subarray(this.used, this.used + count);
      xor(piece, plain, at);
      this.mac.update(piece);
      pieces.push(piece);
      this.used += count;
      at += count;
    }
    return pieces;
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

/** Changes `bytes` by as many of `other`, by words where both allow it: a quarter of the time. */
function xor(bytes: Buffer, other: Buffer, at: number): void {
  let done = 0;
  if (bytes.byteOffset % 4 === 0 && (other.byteOffset + at) % 4 === 0) {
    const words = bytes.length >>> 2;
    const target = new Uint32Array(bytes.buffer, bytes.byteOffset, words);
    const source = new Uint32Array(other.buffer, other.byteOffset + at, words);
    for (let n = 0; n < words; n++) target[n]! ^= source[n]!;
    done = words * 4;
  }
  for (; done < bytes.length; done++) bytes[done]! ^= other[at + done]!;
}

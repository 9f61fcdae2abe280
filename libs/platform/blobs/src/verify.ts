import { createHash, hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import type { BlobRef } from '@mailrun/contracts';
import { BlobDamaged, BlobTooLarge } from './blob-errors.js';

/** Lower-case hexadecimal. */
export function sha256Of(bytes: Buffer): string {
  return hash('sha256', bytes, 'hex');
}

/** Throws {@link BlobTooLarge} before anything is read. */
export function assertFits(key: string, sizeBytes: number, maxBytes: number): void {
  if (sizeBytes > maxBytes) throw new BlobTooLarge(key, maxBytes);
}

/** Throws {@link BlobDamaged} unless the bytes are those of the reference. */
export function assertBytes(from: BlobRef | string, bytes: Buffer): Buffer {
  if (typeof from === 'string') return bytes;
  if (bytes.length !== from.sizeBytes) throw wrongSize(from, bytes.length);
  if (sha256Of(bytes) !== from.sha256) throw wrongHash(from);
  return bytes;
}

/** Throws {@link BlobDamaged} when the store knows another size than the reference. */
export function assertSize(from: BlobRef | string, sizeBytes: number): void {
  if (typeof from !== 'string' && from.sizeBytes !== sizeBytes) throw wrongSize(from, sizeBytes);
}

/**
 * Passes bytes on and checks them. It holds back the latest piece until the next one comes, so that whoever reads it
 * never has all bytes of something damaged: an upload with a stated length stays incomplete.
 */
export class VerifyingStream extends Transform {
  private readonly hash = createHash('sha256');
  private sizeBytes = 0;
  private held: Buffer | undefined;

  constructor(private readonly expected: BlobRef) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.sizeBytes += chunk.length;
    if (this.sizeBytes > this.expected.sizeBytes) {
      done(wrongSize(this.expected, this.sizeBytes));
      return;
    }
    this.hash.update(chunk);
    if (this.held !== undefined) this.push(this.held);
    this.held = chunk;
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.sizeBytes !== this.expected.sizeBytes) done(wrongSize(this.expected, this.sizeBytes));
    else if (this.hash.digest('hex') !== this.expected.sha256) done(wrongHash(this.expected));
    else done(null, this.held);
  }
}

function wrongSize(expected: BlobRef, sizeBytes: number): BlobDamaged {
  return new BlobDamaged(expected.key, `${expected.sizeBytes} bytes were expected, not ${sizeBytes}`);
}

function wrongHash(expected: BlobRef): BlobDamaged {
  return new BlobDamaged(expected.key, 'its SHA-256 is another one');
}

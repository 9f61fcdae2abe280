import type { Readable } from 'node:stream';
import type { BlobRef } from '@mailrun/contracts';

/** Bytes that are not held in memory. Whoever streams knows size and hash beforehand. */
export interface StreamedContent {
  readonly stream: Readable;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface PutOptions {
  /** Kept for people who look into the store; nothing of ours reads it back. */
  readonly contentType?: string;
  /** Of a buffer, when the caller has it already; it is trusted. */
  readonly sha256?: string;
}

export interface BlobInfo {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

export interface BlobPage {
  readonly items: readonly BlobInfo[];
  /** Cursor of the next page; absent on the last. */
  readonly next?: string;
}

/**
 * Documents, images and sealed mails as bytes. A blob is written whole or not at all and never overwritten.
 *
 * Errors: {@link BlobMissing}, {@link BlobDamaged}, {@link BlobTooLarge}, {@link BlobConflict}; a store that can't
 * be reached or does not do what it is asked is an `Outage('blobs.unreachable')`.
 */
export abstract class BlobStore {
  /**
   * Keeps the content and returns once it is durable. Putting the same content under the same key again changes
   * nothing; other content throws {@link BlobConflict}, unless the key itself holds the new content's SHA-256: then
   * what lies there is damaged, and is replaced. A stream that is not what it claims throws {@link BlobDamaged}
   * and leaves nothing behind.
   */
  abstract put(key: string, content: Buffer | StreamedContent, options?: PutOptions): Promise<BlobRef>;

  /** The whole blob in memory; with a reference, size and SHA-256 are checked. */
  abstract get(from: BlobRef | string, options: { readonly maxBytes: number }): Promise<Buffer>;

  /**
   * The blob piece by piece. With a reference, size and SHA-256 are checked: the stream then fails with
   * {@link BlobDamaged} instead of ending, so nothing may be concluded before its end.
   */
  abstract getStream(from: BlobRef | string): Promise<Readable>;

  /** Size and time of the last change, or undefined where there is no such blob. */
  abstract head(key: string): Promise<BlobInfo | undefined>;

  /** Removes the blob; it is no error if there is none. */
  abstract delete(key: string): Promise<void>;

  /**
   * The blobs below a prefix of whole segments ('' or ending in `/`), each once, in no promised order. Blobs that come
   * or go meanwhile may be listed or not. A page may hold fewer items than `limit` (default 1,000) without being the last.
   */
  abstract list(
    prefix: string,
    options?: { readonly cursor?: string; readonly limit?: number },
  ): Promise<BlobPage>;

  /** Throws an Outage where the store does not answer; for readiness. */
  abstract check(): Promise<void>;

  abstract close(): Promise<void>;
}

export function keyOf(from: BlobRef | string): string {
  return typeof from === 'string' ? from : from.key;
}

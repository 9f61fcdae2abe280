import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BlobRef } from '@mailrun/contracts';
import { Outage } from '@mailrun/platform-errors';
import { BlobConflict, BlobMissing } from '../blob-errors.js';
import { assertKey, assertPrefix } from '../blob-key.js';
import {
  BlobStore,
  keyOf,
  type BlobInfo,
  type BlobPage,
  type PutOptions,
  type StreamedContent,
} from '../blob-store.js';
import { VerifyingStream, assertBytes, assertFits, assertSize, sha256Of } from '../verify.js';

/** The honest fake: blobs in memory, with the faults that tests ask for. */
export class MemoryBlobStore extends BlobStore {
  private readonly blobs = new Map<string, { bytes: Buffer; modifiedAt: Date }>();

  /** While true, every call is an Outage. */
  unreachable = false;

  override async put(
    key: string,
    content: Buffer | StreamedContent,
    options: PutOptions = {},
  ): Promise<BlobRef> {
    assertKey(key);
    this.assertReachable();
    const bytes = Buffer.isBuffer(content) ? Buffer.from(content) : await readChecked(key, content);
    const ref = { key, sha256: options.sha256 ?? sha256Of(bytes), sizeBytes: bytes.length };
    const existing = this.blobs.get(key);
    if (existing?.bytes.equals(bytes)) return ref;
    if (existing !== undefined && !key.includes(ref.sha256)) throw new BlobConflict(key);
    this.blobs.set(key, { bytes, modifiedAt: new Date() });
    return ref;
  }

  override async get(from: BlobRef | string, { maxBytes }: { readonly maxBytes: number }): Promise<Buffer> {
    const bytes = this.find(keyOf(from));
    assertFits(keyOf(from), bytes.length, maxBytes);
    assertSize(from, bytes.length);
    return Buffer.from(assertBytes(from, bytes));
  }

  override async getStream(from: BlobRef | string): Promise<Readable> {
    const source = Readable.from([Buffer.from(this.find(keyOf(from)))], { objectMode: false });
    return typeof from === 'string' ? source : source.pipe(new VerifyingStream(from));
  }

  override async head(key: string): Promise<BlobInfo | undefined> {
    assertKey(key);
    this.assertReachable();
    const blob = this.blobs.get(key);
    return blob && { key, sizeBytes: blob.bytes.length, modifiedAt: blob.modifiedAt };
  }

  override async delete(key: string): Promise<void> {
    assertKey(key);
    this.assertReachable();
    this.blobs.delete(key);
  }

  override async list(
    prefix: string,
    { cursor = '', limit = 1000 }: { readonly cursor?: string; readonly limit?: number } = {},
  ): Promise<BlobPage> {
    assertPrefix(prefix);
    this.assertReachable();
    const keys = [...this.blobs.keys()].filter((key) => key.startsWith(prefix) && key > cursor).sort();
    const items = keys.slice(0, limit).map((key) => {
      const { bytes, modifiedAt } = this.blobs.get(key)!;
      return { key, sizeBytes: bytes.length, modifiedAt };
    });
    const last = items.at(-1);
    return keys.length > limit && last !== undefined ? { items, next: last.key } : { items };
  }

  override async check(): Promise<void> {
    this.assertReachable();
  }

  override async close(): Promise<void> {
    // Memory needs no closing.
  }

  /** Puts other bytes in the place of a blob, as a faulty disk would; null loses it. */
  damage(key: string, bytes: Buffer | null): void {
    if (bytes === null) this.blobs.delete(key);
    else this.blobs.set(key, { bytes, modifiedAt: new Date() });
  }

  get keys(): string[] {
    return [...this.blobs.keys()].sort();
  }

  private find(key: string): Buffer {
    assertKey(key);
    this.assertReachable();
    const blob = this.blobs.get(key);
    if (blob === undefined) throw new BlobMissing(key);
    return blob.bytes;
  }

  private assertReachable(): void {
    if (this.unreachable) throw new Outage('blobs.unreachable', 'The blob store is away.');
  }
}

async function readChecked(key: string, content: StreamedContent): Promise<Buffer> {
  const checked = new VerifyingStream({ key, sha256: content.sha256, sizeBytes: content.sizeBytes });
  content.stream.on('error', (error) => checked.destroy(error));
  return buffer(content.stream.pipe(checked));
}

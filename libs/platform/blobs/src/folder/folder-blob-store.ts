import { randomBytes } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  fstatSync,
  linkSync,
  openSync,
  read,
  readSync,
  renameSync,
} from 'node:fs';
import { access, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { BlobRef } from '@mailrun/contracts';
import { Outage, errorMessage } from '@mailrun/platform-errors';
import { BlobConflict, BlobDamaged, BlobError, BlobMissing } from '../blob-errors.js';
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
import { FolderFlusher } from './flush.js';
import { listPage } from './list.js';
import { locate } from './layout.js';
import { removeFile, writeFlushed, writeStreamFlushed } from './write-file.js';

const readAsync = promisify(read);

/** Up to here a read from the page cache is cheaper than a trip to the thread pool (45 against 75–110 µs). */
const syncReadBytes = 256 * 1024;
const leftOverAfterMs = 24 * 60 * 60 * 1000;
const incoming = '.incoming';
const marker = '.mailrun-blobs';
const folderMode = 0o700;
const fileMode = 0o600;

/**
 * Blobs as files below one folder, which several processes may share; it needs a file system with hard links.
 *
 * A blob is written to a file of its own, flushed, and then linked under its name, which is flushed too: after `put`
 * it survives a power cut, and nobody ever sees half of one. System calls that never wait are made synchronously:
 * half the processor time of `fs.promises`. Flushes and changes of the shared folder go to the thread pool.
 */
export class FolderBlobStore extends BlobStore {
  private readonly flusher = new FolderFlusher();
  private readonly knownFolders = new Set<string>();
  private readonly instance = `${process.pid}-${randomBytes(6).toString('hex')}`;
  private written = 0;

  private constructor(private readonly root: string) {
    super();
  }

  /** Makes the folder where there is none, and removes what a crash left half written. */
  static async open(root: string): Promise<FolderBlobStore> {
    return outages(async () => {
      await mkdir(join(root, incoming), { recursive: true, mode: folderMode });
      await (await open(join(root, marker), 'a', fileMode)).close();
      const store = new FolderBlobStore(root);
      await store.flusher.flush(root);
      await store.removeLeftOvers();
      return store;
    });
  }

  override async put(
    key: string,
    content: Buffer | StreamedContent,
    options: PutOptions = {},
  ): Promise<BlobRef> {
    assertKey(key);
    const ref = Buffer.isBuffer(content)
      ? { key, sha256: options.sha256 ?? sha256Of(content), sizeBytes: content.length }
      : { key, sha256: content.sha256, sizeBytes: content.sizeBytes };
    const { folder, name } = locate(key);
    const temporary = join(this.root, incoming, `${this.instance}-${++this.written}`);
    return outages(async () => {
      try {
        if (Buffer.isBuffer(content)) await writeFlushed(temporary, content);
        else await writeStreamFlushed(temporary, content.stream, ref);
        await this.makeFolder(folder);
        await this.publish(temporary, join(this.root, folder, name), ref);
      } catch (error) {
        await removeFile(temporary);
        throw error;
      }
      await Promise.all([this.flusher.flush(join(this.root, folder)), removeFile(temporary)]);
      return ref;
    });
  }

  override async get(from: BlobRef | string, { maxBytes }: { readonly maxBytes: number }): Promise<Buffer> {
    return this.reading(keyOf(from), async (path) => {
      const handle = openSync(path, 'r');
      try {
        const { size } = fstatSync(handle);
        assertFits(keyOf(from), size, maxBytes);
        assertSize(from, size);
        const bytes = Buffer.allocUnsafe(size);
        const length = size <= syncReadBytes ? readSync(handle, bytes) : await readWhole(handle, bytes);
        return assertBytes(from, bytes.subarray(0, length));
      } finally {
        closeSync(handle);
      }
    });
  }

  override async getStream(from: BlobRef | string): Promise<Readable> {
    return this.reading(keyOf(from), async (path) => {
      const handle = await open(path, 'r');
      const source = handle.createReadStream();
      if (typeof from === 'string') return source;
      const checked = new VerifyingStream(from);
      source.on('error', (error) => checked.destroy(toOutage(error) as Error));
      checked.on('close', () => source.destroy());
      return source.pipe(checked);
    });
  }

  override async head(key: string): Promise<BlobInfo | undefined> {
    try {
      const { size, mtime } = await this.reading(key, (path) => stat(path));
      return { key, sizeBytes: size, modifiedAt: mtime };
    } catch (error) {
      if (error instanceof BlobMissing) return undefined;
      throw error;
    }
  }

  override async delete(key: string): Promise<void> {
    await this.reading(key, (path) => rm(path)).catch((error: unknown) => {
      if (!(error instanceof BlobMissing)) throw error;
    });
  }

  override async list(
    prefix: string,
    { cursor, limit = 1000 }: { readonly cursor?: string; readonly limit?: number } = {},
  ): Promise<BlobPage> {
    assertPrefix(prefix);
    await this.check();
    return outages(() => listPage(this.root, prefix, cursor, limit));
  }

  /** The marker tells an empty store from a volume that is not mounted. */
  override async check(): Promise<void> {
    await outages(() => access(join(this.root, marker)));
  }

  override async close(): Promise<void> {
    // Nothing is held open between calls.
  }

  private async reading<T>(key: string, work: (path: string) => Promise<T>): Promise<T> {
    assertKey(key);
    const { folder, name } = locate(key);
    try {
      return await work(join(this.root, folder, name));
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw toOutage(error);
      await this.check();
      throw new BlobMissing(key);
    }
  }

  /** Hard links fail where the name is taken, so that no race can overwrite a blob. */
  private async publish(temporary: string, target: string, ref: BlobRef): Promise<void> {
    try {
      linkSync(temporary, target);
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
      if (await holds(target, ref)) return;
      if (!ref.key.includes(ref.sha256)) throw new BlobConflict(ref.key);
      renameSync(temporary, target);
    }
  }

  private async makeFolder(folder: string): Promise<void> {
    if (this.knownFolders.has(folder)) return;
    const path = join(this.root, folder);
    await mkdir(path, { recursive: true, mode: folderMode });
    for (let parent = dirname(path); parent.length >= this.root.length; parent = dirname(parent)) {
      await this.flusher.flush(parent);
    }
    this.knownFolders.add(folder);
  }

  private async removeLeftOvers(): Promise<void> {
    const folder = join(this.root, incoming);
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const info = await stat(path).catch(() => undefined); // another process may be faster
      if (info !== undefined && Date.now() - info.mtimeMs > leftOverAfterMs) await rm(path, { force: true });
    }
  }
}

async function readWhole(handle: number, bytes: Buffer): Promise<number> {
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await readAsync(handle, bytes, length, bytes.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

async function holds(path: string, ref: BlobRef): Promise<boolean> {
  const check = new VerifyingStream(ref);
  check.resume();
  try {
    await pipeline(createReadStream(path), check);
    return true;
  } catch (error) {
    if (error instanceof BlobDamaged) return false;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

/** Whatever a file system refuses (full, read-only, away, no right) may work later, unchanged. */
function toOutage(error: unknown): unknown {
  if (error instanceof BlobError || (error as NodeJS.ErrnoException).syscall === undefined) return error;
  return new Outage('blobs.unreachable', `The blob folder failed: ${errorMessage(error)}`, { cause: error });
}

async function outages<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toOutage(error);
  }
}

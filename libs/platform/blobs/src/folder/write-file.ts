import { closeSync, createWriteStream, fdatasync, open, unlink, write, writeSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { BlobRef } from '@mailrun/contracts';
import { VerifyingStream } from '../verify.js';

const openAsync = promisify(open);
const writeAsync = promisify(write);
const fdatasyncAsync = promisify(fdatasync);
const unlinkAsync = promisify(unlink);

const fileMode = 0o600;

/** Up to here copying into the page cache is cheaper than a trip to the thread pool (70 kB: 40 µs). */
const syncWriteBytes = 256 * 1024;

/**
 * Writes and flushes a new file. What changes a folder (making a name, removing one) waits for all others who change
 * it, and for a file system that looks for free space: up to milliseconds, so it is left to the thread pool.
 */
export async function writeFlushed(path: string, bytes: Buffer): Promise<void> {
  const handle = await openAsync(path, 'wx', fileMode);
  try {
    for (let offset = 0; offset < bytes.length;) {
      offset +=
        bytes.length <= syncWriteBytes
          ? writeSync(handle, bytes, offset)
          : (await writeAsync(handle, bytes, offset, bytes.length - offset, null)).bytesWritten;
    }
    await fdatasyncAsync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The same for content that is not held in memory; it is checked against the reference on its way. */
export async function writeStreamFlushed(path: string, stream: Readable, ref: BlobRef): Promise<void> {
  await pipeline(
    stream,
    new VerifyingStream(ref),
    createWriteStream(path, { flags: 'wx', mode: fileMode, flush: true }),
  );
}

/** Removes a file; it is no error if there is none. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlinkAsync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

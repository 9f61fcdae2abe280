import { createHash, randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** Content up to this size stays in memory. */
const maxMemoryBytes = 256 * 1024;

/** All of a stream, in memory when small, else in a temporary file. */
export type Spooled = {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Removes the file. */
  discard(): Promise<void>;
} & ({ readonly bytes: Buffer; readonly file?: never } | { readonly bytes?: never; readonly file: string });

/** Reads a stream to its end, or throws `tooLarge` at the first byte beyond; then nothing stays behind. */
export async function spool(stream: Readable, tooLarge: () => Error, maxBytes: number): Promise<Spooled> {
  const file = join(tmpdir(), `mailrun-document-${randomUUID()}`);
  const hash = createHash('sha256');
  let held: Buffer[] = [];
  let sizeBytes = 0;
  let handle: FileHandle | undefined;
  const discard = () => rm(file, { force: true });
  try {
    // Not destroyed on refusal: the answer still has to leave by the same socket.
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooLarge();
      hash.update(chunk);
      held.push(chunk);
      if (sizeBytes <= maxMemoryBytes) continue;
      handle ??= await open(file, 'wx', 0o600);
      for (const part of held) await handle.writeFile(part);
      held = [];
    }
    await handle?.close();
  } catch (error) {
    await handle?.close();
    await discard();
    throw error;
  }
  const sha256 = hash.digest('hex');
  if (handle === undefined) {
    return { sha256, sizeBytes, bytes: Buffer.concat(held), discard: () => Promise.resolve() };
  }
  return { sha256, sizeBytes, file, discard };
}

import { closeSync, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';

const fsyncAsync = promisify(fsync);

/**
 * Makes new names in a folder durable. Callers that come while a flush of the same folder runs share the next one:
 * theirs may have begun too late to be covered by the running one.
 */
export class FolderFlusher {
  private readonly running = new Map<string, Promise<void>>();
  private readonly waiting = new Map<string, Promise<void>>();

  flush(folder: string): Promise<void> {
    const waiting = this.waiting.get(folder);
    if (waiting !== undefined) return waiting;
    const running = this.running.get(folder);
    if (running === undefined) return this.start(folder);
    const next = running
      .catch(() => undefined) // its own callers hear of it
      .then(() => {
        this.waiting.delete(folder);
        return this.start(folder);
      });
    this.waiting.set(folder, next);
    return next;
  }

  private start(folder: string): Promise<void> {
    const flush = flushFolder(folder).finally(() => this.running.delete(folder));
    this.running.set(folder, flush);
    return flush;
  }
}

async function flushFolder(folder: string): Promise<void> {
  const handle = openSync(folder, 'r');
  try {
    await fsyncAsync(handle);
  } finally {
    closeSync(handle);
  }
}

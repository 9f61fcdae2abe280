import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a benchmark made on this machine, to be undone when it ends, however it ends. */
export class Place {
  private readonly undoings: (() => Promise<unknown>)[] = [];
  private undoing: Promise<void> | undefined;

  /** A new folder, removed at the end. Open to all: a PostgreSQL started by root runs as another user. */
  async folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'mailrun-bench-'));
    this.atEnd(() => rm(path, { recursive: true, force: true }));
    await chmod(path, 0o755);
    return path;
  }

  /** Called at the end, the last one first. */
  atEnd(undo: () => Promise<unknown>): void {
    this.undoings.push(undo);
  }

  /** Undoes everything once, however often it is called. @throws AggregateError of what could not be undone */
  clear(): Promise<void> {
    this.undoing ??= this.undoAll();
    return this.undoing;
  }

  private async undoAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const undo of this.undoings.reverse()) {
      await undo().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw new AggregateError(errors, 'Something is left behind.');
  }
}

import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolderOptions {
  /** What is in it: letters and dashes. */
  readonly kind: string;
  /** Removes one that a process left behind; default: its files. */
  readonly remove?: (path: string) => Promise<void>;
}

/**
 * A folder for this process, below the system's one for temporary files. Whoever makes it removes it; those of
 * processes that were killed are removed by the next one who makes one of the same kind. Its name tells process and
 * machine, since containers may share that place.
 */
export async function temporaryFolder({
  kind,
  remove = removeFiles,
}: TemporaryFolderOptions): Promise<string> {
  const prefix = `mailrun-${kind}-${hostname().replaceAll(/[^A-Za-z0-9]/g, '')}-`;
  const ours = join(tmpdir(), `${prefix}${process.pid}-`);
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : NaN;
    const path = join(tmpdir(), name);
    if (!Number.isInteger(pid) || isAlive(pid) || !(await isOurs(path))) continue;
    const taken = `${ours}${randomUUID()}`;
    // Of several who see it, the one who renames it removes it.
    if (await renamed(path, taken)) await remove(taken);
  }
  const path = await mkdtemp(ours);
  // Servers may run as a user of their own.
  await chmod(path, 0o755);
  return path;
}

const removeFiles = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

async function renamed(path: string, to: string): Promise<boolean> {
  try {
    await rename(path, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isOurs(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined); // another process may be faster
  return found !== undefined && (process.getuid === undefined || found.uid === process.getuid());
}

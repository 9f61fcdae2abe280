import { execFile } from 'node:child_process';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const chunk = Buffer.alloc(1024 * 1024);

/** A file system of limited size in memory (tmpfs), which can be filled to its last byte. */
export class SmallDisk {
  private constructor(readonly path: string) {}

  /** undefined where mounting is not permitted: only root may, and not in every container. */
  static async mount(path: string, megabytes: number): Promise<SmallDisk | undefined> {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
    await mkdir(path, { recursive: true });
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', path]);
    } catch {
      return undefined; // refused by the container
    }
    return new SmallDisk(path);
  }

  /** The one that is mounted there, if any. */
  static async find(path: string): Promise<SmallDisk | undefined> {
    const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
    return mounts.split('\n').some((line) => line.split(' ')[1] === path) ? new SmallDisk(path) : undefined;
  }

  async fill(): Promise<void> {
    const file = await open(this.ballast, 'a');
    try {
      // Ever smaller pieces, so that nothing is left between the last large one and the end.
      for (let size = chunk.length; size > 0; size = Math.floor(size / 16)) {
        while (await wrote(file, chunk.subarray(0, size))) continue;
      }
    } finally {
      await file.close();
    }
  }

  async clear(): Promise<void> {
    await rm(this.ballast, { force: true });
  }

  async unmount(): Promise<void> {
    await run('umount', ['--lazy', this.path]);
  }

  private get ballast(): string {
    return join(this.path, 'ballast');
  }
}

/** Whether all of it fitted. */
async function wrote(file: Awaited<ReturnType<typeof open>>, bytes: Buffer): Promise<boolean> {
  try {
    return (await file.write(bytes)).bytesWritten === bytes.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}

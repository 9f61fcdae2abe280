import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';

export const secretNames = [
  'MAILRUN_SECRETS_KEYS',
  'MAILRUN_INTERNAL_TOKEN_SECRET',
  'MAILRUN_DATABASE_ROLE_SECRET',
] as const;

/** Secrets of an installation whose user set none: made once, kept in the data folder, readable by us only. */
export type KeptSecrets = Readonly<Record<(typeof secretNames)[number], string>>;

/** Another living process holds the folder. */
export class DataFolderInUse extends Error {}

/** Where the standalone shape keeps everything, held by one process at a time. */
export class DataFolder {
  private constructor(readonly path: string) {}

  /** @throws DataFolderInUse */
  static async hold(path: string): Promise<DataFolder> {
    const folder = new DataFolder(resolve(path));
    await mkdir(folder.path, { recursive: true });
    const lock = folder.file('process');
    const holder = await readFile(lock, 'utf8').catch(() => undefined);
    if (holder !== undefined && (await isAlive(holder))) {
      throw new DataFolderInUse(
        `The data folder ${folder.path} is used by process ${holder.split(' ')[0]}. Stop it, or choose another with --data.`,
      );
    }
    await writeFile(lock, await identityOf(process.pid));
    return folder;
  }

  /** For commands beside a running process, which take nothing over. */
  static beside(path: string): DataFolder {
    return new DataFolder(resolve(path));
  }

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  async release(): Promise<void> {
    await rm(this.file('process'), { force: true });
  }

  async secrets(): Promise<KeptSecrets> {
    const file = this.file('secrets.json');
    const kept = await readFile(file, 'utf8').catch(() => undefined);
    if (kept !== undefined) return JSON.parse(kept) as KeptSecrets;
    const made: KeptSecrets = {
      MAILRUN_SECRETS_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      MAILRUN_INTERNAL_TOKEN_SECRET: randomBytes(32).toString('hex'),
      MAILRUN_DATABASE_ROLE_SECRET: randomBytes(32).toString('hex'),
    };
    await mkdir(this.path, { recursive: true });
    // Written whole and flushed before anything is sealed with it: without these, sealed secrets can't be opened again.
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(JSON.stringify(made, undefined, 2));
    await handle.sync();
    await handle.close();
    return made;
  }
}

/** Process id and start time, since ids are used again. */
async function identityOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Field 22, counted after the command's name, which may hold blanks.
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return `${pid} ${startTime}`.trim();
}

async function isAlive(identity: string): Promise<boolean> {
  const pid = Number(identity.split(' ')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return (await identityOf(pid)) === identity;
}

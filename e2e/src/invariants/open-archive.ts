import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requireTool } from '@mailrun/testing';

const run = promisify(execFile);

export interface OpenedArchive {
  /** undefined: the password does not open it. */
  readonly files: readonly { readonly name: string; readonly content: Buffer }[] | undefined;
  /** Whether another password opens it just as well, which none must. */
  readonly opensWithAnother: boolean;
}

/** Opens an archive with 7-Zip, as its recipient would, and tries a wrong password too. */
export async function openArchive(
  archive: Buffer,
  password: string | undefined,
  wrongPassword: string,
): Promise<OpenedArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'mailrun-archive-'));
  try {
    const file = join(folder, 'archive.zip');
    const target = join(folder, 'files');
    await writeFile(file, archive);
    const opens = await sevenZip(['x', '-y', `-o${target}`, `-p${password ?? ''}`, file]);
    const opensWithAnother = await sevenZip(['t', `-p${wrongPassword}`, file]);
    if (!opens) return { files: undefined, opensWithAnother };
    const names = await readdir(target);
    const files = names.map(async (name) => ({ name, content: await readFile(join(target, name)) }));
    return { files: await Promise.all(files), opensWithAnother };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether it did what it was told; its exit codes 1 and 2 say that it could not. */
async function sevenZip(args: readonly string[]): Promise<boolean> {
  try {
    await run(requireTool('7zz'), [...args]);
    return true;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 1 || code === 2) return false;
    throw error;
  }
}

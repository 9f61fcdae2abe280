import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requireTool } from '@mailrun/testing';
import type { ArchiveEvidence } from './evidence.js';

const run = promisify(execFile);

export interface LockedArchive {
  readonly archive: Buffer;
  /** The one that must open it, and one that must not. */
  readonly passwords: { readonly right: string; readonly wrong: string };
}

/** Opens archives with 7-Zip, as their recipients would, and tries a wrong password on each. */
export async function openArchives(archives: readonly LockedArchive[]): Promise<ArchiveEvidence[]> {
  const opened = new Map<LockedArchive, ArchiveEvidence>();
  // One call opens all archives of a customer: starting a program for each is most of the work.
  for (const group of Map.groupBy(archives, ({ passwords }) => JSON.stringify(passwords)).values()) {
    const found = (await openTogether(group)) ?? (await openEach(group));
    group.forEach((archive, index) => opened.set(archive, found[index]!));
  }
  return archives.map((archive) => opened.get(archive)!);
}

/** undefined when not all of them opened as they must: then each has to be looked at. */
async function openTogether(group: readonly LockedArchive[]): Promise<ArchiveEvidence[] | undefined> {
  const { right, wrong } = group[0]!.passwords;
  return inFolder(async (folder) => {
    const source = join(folder, 'archives');
    await mkdir(source);
    await Promise.all(group.map(({ archive }, index) => writeFile(join(source, `${index}.zip`), archive)));
    const all = join(source, '*.zip');
    const extracted = await sevenZip(['x', '-y', `-o${join(folder, '*')}`, `-p${right}`, all]);
    const refused = await sevenZip(['t', `-p${wrong}`, all]);
    const refusals = Number(/^Archives with Errors: (\d+)$/m.exec(refused.said)?.[1] ?? 0);
    if (!extracted.isDone || refusals !== group.length) return undefined;
    return Promise.all(
      group.map(async (_, index) => ({
        files: await readFiles(join(folder, String(index))),
        opensWithAnother: false,
      })),
    );
  });
}

async function openEach(group: readonly LockedArchive[]): Promise<ArchiveEvidence[]> {
  const opened: ArchiveEvidence[] = [];
  for (const { archive, passwords } of group) {
    opened.push(
      await inFolder(async (folder) => {
        const file = join(folder, 'archive.zip');
        const target = join(folder, 'files');
        await writeFile(file, archive);
        const { isDone } = await sevenZip(['x', '-y', `-o${target}`, `-p${passwords.right}`, file]);
        const another = await sevenZip(['t', `-p${passwords.wrong}`, file]);
        return { files: isDone ? await readFiles(target) : undefined, opensWithAnother: another.isDone };
      }),
    );
  }
  return opened;
}

async function readFiles(folder: string) {
  const names = await readdir(folder);
  return Promise.all(names.map(async (name) => ({ name, content: await readFile(join(folder, name)) })));
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'mailrun-archives-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether it did what it was told (its exit codes 1 and 2 say that it could not), and what it said. */
async function sevenZip(args: readonly string[]): Promise<{ isDone: boolean; said: string }> {
  try {
    return { isDone: true, said: (await run(requireTool('7zz'), [...args])).stdout };
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: string };
    if (code === 1 || code === 2) return { isDone: false, said: stdout ?? '' };
    throw error;
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.js';

const kind = 'left-over';

/** A folder whose process has ended. */
async function leftOver(): Promise<string> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const mine = await temporaryFolder({ kind });
  const left = mine.replace(`-${process.pid}-`, `-${child.pid}-`);
  await rename(mine, left);
  await writeFile(`${left}/file`, 'x');
  return left;
}

describe('a temporary folder', () => {
  const made: string[] = [];
  const temporary = async (options: Partial<Parameters<typeof temporaryFolder>[0]> = {}) => {
    const path = await temporaryFolder({ kind, ...options });
    made.push(path);
    return path;
  };
  const removing = (removed: string[]) => async (path: string) => {
    removed.push(await readFile(join(path, 'file'), 'utf8'));
    await rm(path, { recursive: true });
  };
  afterEach(async () => {
    for (const path of made.splice(0)) await rm(path, { recursive: true });
  });

  it('is removed by the next process when its own was killed', async () => {
    const left = await leftOver();
    await temporary();
    expect(existsSync(left)).toBe(false);
  });

  it('is removed in the way of its kind', async () => {
    const left = await leftOver();
    const removed: string[] = [];
    await temporary({ remove: removing(removed) });
    expect(removed).toEqual(['x']);
    expect(existsSync(left)).toBe(false);
  });

  it('is removed once by several at the same time', async () => {
    await leftOver();
    const removed: string[] = [];
    await Promise.all([1, 2, 3].map(() => temporary({ remove: removing(removed) })));
    expect(removed).toEqual(['x']);
  });

  it('stays while its process lives', async () => {
    const first = await temporary();
    await temporary();
    expect(existsSync(first)).toBe(true);
  });
});

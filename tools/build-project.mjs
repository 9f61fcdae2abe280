/**
 * Builds one project: `node tools/build-project.mjs libs/contracts` makes `dist` of `src`, file by file, with all that
 * is no TypeScript copied beside it. Tests are left out. Nx calls it, see `nx.json`; types are checked by `npm run check`.
 */
import { transformFile } from '@swc/core';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const project = resolve(root, process.argv[2] ?? '');
const source = join(project, 'src');
const output = join(project, 'dist');

const isTest = (file) => /[.-]spec\.ts$/.test(file);
const isSource = (file) => /\.m?ts$/.test(file) && !/\.d\.m?ts$/.test(file);

async function compile(file, target) {
  const code = target.replace(/ts$/, 'js');
  const made = await transformFile(file, {
    configFile: join(root, '.swcrc'),
    sourceFileName: relative(dirname(code), file),
  });
  await writeFile(code, `${made.code}//# sourceMappingURL=${basename(code)}.map\n`);
  await writeFile(`${code}.map`, made.map ?? '');
}

await rm(output, { recursive: true, force: true });
for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || isTest(entry.name)) continue;
  const file = join(entry.parentPath, entry.name);
  const target = join(output, relative(source, file));
  await mkdir(dirname(target), { recursive: true });
  await (isSource(entry.name) ? compile(file, target) : copyFile(file, target));
}

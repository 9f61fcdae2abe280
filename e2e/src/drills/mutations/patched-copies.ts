import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../system/places.js';
import type { Change } from './mutation.js';

export interface PatchedCopies {
  /** Variables with which a process of Node.js loads the copies in place of the files that were built. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether a process did. */
  wereLoaded(): boolean;
}

/**
 * Writes changed copies of built files. What was built stays as it is.
 * @param folder of this mutation alone
 * @throws when a text that is to be changed does not stand in its file exactly once
 */
export async function writePatchedCopies(changes: readonly Change[], folder: string): Promise<PatchedCopies> {
  await mkdir(folder, { recursive: true });
  const copies: (readonly [string, string])[] = [];
  for (const [file, ofFile] of Map.groupBy(changes, (change) => change.file)) {
    const copy = join(folder, `${copies.length}-${basename(file)}`);
    await writeFile(copy, await changedText(file, ofFile));
    copies.push([pathToFileURL(join(root, file)).href, copy]);
  }
  const loaded = join(folder, 'loaded');
  const preload = join(folder, 'preload.mjs');
  await writeFile(preload, preloading(copies, loaded));
  return {
    environment: { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` },
    wereLoaded: () => existsSync(loaded),
  };
}

/** @throws when a text does not stand there exactly once */
export async function changedText(file: string, changes: readonly Change[]): Promise<string> {
  let source = await readFile(join(root, file), 'utf8');
  for (const { text, instead } of changes) {
    const times = source.split(text).length - 1;
    if (times !== 1) throw new Error(`${file} has ${times} times, and must have once: ${text}`);
    source = source.replace(text, () => instead);
  }
  return source;
}

/** A module that is loaded before the program, and answers for its modules. */
const preloading = (copies: readonly (readonly [string, string])[], loaded: string): string => `
import { readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const copies = new Map(${JSON.stringify(copies)});
registerHooks({
  load(url, context, next) {
    const copy = copies.get(url);
    if (copy === undefined) return next(url, context);
    writeFileSync(${JSON.stringify(loaded)}, '');
    return { format: 'module', shortCircuit: true, source: readFileSync(copy) };
  },
});
`;

/**
 * Benchmarks: `npm run bench` runs all of them, `npm run bench -- transmit render` the named ones, one after the other, each
 * in a process of its own. `--size=N`, `--connections=N` and `--minutes-down=N` go to each; `--list` says what there is. See bench/README.md.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { node, root } from './typescript.mjs';

const given = process.argv.slice(2);
const options = given.filter((argument) => argument.startsWith('--') && argument !== '--list');
build();
const { benchmarks } = await import('../bench/dist/benchmarks.js');
if (given.includes('--list')) {
  for (const { name, what } of benchmarks) console.log(`${name.padEnd(20)} ${what}`);
  process.exit(0);
}
const known = benchmarks.map(({ name }) => name);
const names = given.filter((argument) => !argument.startsWith('--'));
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. Known: ${known.join(', ')}.`);
  process.exit(2);
}

const failed = [];
for (const name of names.length > 0 ? names : known) {
  console.log(`\n${name}: ${benchmarks.find((benchmark) => benchmark.name === name).what}`);
  const program = ['--expose-gc', join(root, 'bench/dist/main.js'), name, ...options];
  const { status } = spawnSync(node, program, { cwd: root, stdio: 'inherit' });
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) console.error(`\nNot measured: ${failed.join(', ')}.`);
process.exit(failed.length > 0 ? 1 : 0);

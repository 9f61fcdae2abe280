/**
 * What can be told without running anything: format, lint with the import rules, types, generated files up to date.
 * `npm run check` runs all of them and ends with a summary; `npm run check -- types lint` runs those.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { node, root } from './typescript.mjs';

const installed = (path) => join(root, 'node_modules', path);
const generate = join(root, 'tools/generate.mjs');

const checks = [
  {
    name: 'format',
    advice: 'npx prettier --write .',
    command: [installed('prettier/bin/prettier.cjs'), '--check', '.', '--log-level=warn'],
  },
  {
    name: 'lint',
    advice: 'npx eslint --fix',
    command: [installed('eslint/bin/eslint.js'), '.', '--max-warnings=0'],
  },
  {
    name: 'types',
    command: [installed('@typescript/native/bin/tsc'), '-p', 'tsconfig.json', '--pretty', 'false'],
  },
  ...(existsSync(generate)
    ? [{ name: 'generated', advice: 'npm run generate', command: [generate, '--check'] }]
    : []),
];

function run({ name, command, advice }) {
  const started = Date.now();
  const child = spawn(node, command, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NX_DAEMON: 'false', PATH: [dirname(node), process.env.PATH].join(delimiter) },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      if (code !== 0) console.log(`--- ${name}\n${said.trim()}\n`);
      resolve({ name, advice, isGood: code === 0, seconds: ((Date.now() - started) / 1000).toFixed(1) });
    });
  });
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no check ${unknown.join(', ')}; there are ${checks.map((check) => check.name).join(', ')}.`,
  );
  process.exit(2);
}
const results = await Promise.all(
  checks.filter(({ name }) => asked.length === 0 || asked.includes(name)).map(run),
);
for (const { name, isGood, seconds, advice } of results) {
  const verdict = isGood ? 'good' : `FAILED${advice === undefined ? '' : ` (mended by: ${advice})`}`;
  console.log(`${name.padEnd(10)} ${seconds.padStart(5)} s  ${verdict}`);
}
process.exit(results.every((result) => result.isGood) ? 0 : 1);

/**
 * Runs Jest with the flags that ES modules need, and with a PostgreSQL server for the suites that are no unit
 * tests (or the one that MAILRUN_TEST_DATABASE_URL names). Arguments are Jest's own:
 * `node tools/jest.mjs --selectProjects integration libs/platform/persistence`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { node, root, typescriptArguments } from './typescript.mjs';

const jestArguments = process.argv.slice(2);
const environment = { ...process.env };

const selected = jestArguments.indexOf('--selectProjects');
const isUnitOnly =
  selected >= 0 &&
  jestArguments[selected + 1] === 'unit' &&
  !/^(integration|e2e)$/.test(jestArguments[selected + 2] ?? '');
let postgres;
if (!isUnitOnly && environment.MAILRUN_TEST_DATABASE_URL === undefined) {
  postgres = spawn(node, [...typescriptArguments, join(root, 'libs/testing/src/postgres/serve.ts')], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [url] = await once(createInterface(postgres.stdout), 'line');
  environment.MAILRUN_TEST_DATABASE_URL = url;
}
const { status } = spawnSync(
  node,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'),
    ...jestArguments,
  ],
  { cwd: root, stdio: 'inherit', env: environment },
);
if (postgres !== undefined) {
  postgres.stdin.end();
  await once(postgres, 'exit');
}
process.exit(status ?? 1);

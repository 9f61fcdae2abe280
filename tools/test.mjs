/**
 * Every test: unit, integration (real parts), whole-system, and the short drills. `npm test -- libs/platform/blobs` runs those
 * of a path; arguments are Jest's. Says what ran and what was left out; the last line counts: `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, installTool, toolsFor } from '../libs/testing/src/tools/tool-list.ts';
import { node, root } from './typescript.mjs';

const jestArguments = process.argv.slice(2);
const paths = jestArguments.filter(
  (argument) => !argument.startsWith('-') && existsSync(join(root, argument)),
);
const isCi = process.env.CI === 'true';
const reports = join(root, '.cache/test-results');

/**
 * How many test files run at once: whole-system tests start processes of their own and want the machine alone. Deadlines
 * are there to end what hangs, so they leave room for a busy machine.
 */
const sizes = [
  { name: 'unit', arguments: [] },
  { name: 'integration', arguments: ['-w', '2', '--testTimeout=30000'] },
  { name: 'e2e', arguments: ['-i', '--testTimeout=120000'] },
];

function provideTools() {
  for (const name of toolsFor(paths)) {
    if (findTool(name) !== undefined || (name === 'kafka' && process.env.KAFKA_BROKERS)) continue;
    console.log(`Installing ${name} …`);
    try {
      installTool(name);
    } catch (error) {
      console.log(`${name} can't be had: ${error.message}.`);
    }
  }
}

/** Whole-system tests start the built processes. */
function buildWhereNeeded() {
  const isAsked = paths.length === 0 || paths.some((path) => path.startsWith('e2e'));
  const files = readdirSync(join(root, 'e2e'), { recursive: true });
  if (!isAsked || !files.some((file) => file.endsWith('.e2e-spec.ts'))) return;
  const { status } = spawnSync(node, [join(root, 'tools/build.mjs')], { cwd: root, stdio: 'inherit' });
  if (status !== 0) finish(0, 1);
}

function run(size) {
  const report = join(reports, `${size.name}.json`);
  const { status } = spawnSync(
    node,
    [join(root, 'tools/jest.mjs'), '--selectProjects', size.name, ...size.arguments]
      .concat(['--passWithNoTests', '--json', `--outputFile=${report}`])
      .concat(jestArguments),
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (!existsSync(report))
    return { name: size.name, passed: 0, failed: 1, seconds: 0, leftOut: [], skipped: [] };
  const result = JSON.parse(readFileSync(report, 'utf8'));
  const notRun = result.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === 'pending' || test.status === 'todo')
      .map((test) => ({
        test: test.fullName,
        reason: test.ancestorTitles.find((title) => title.includes('(left out:')),
      })),
  );
  // A file that can't even be loaded holds no test that could fail.
  const broken = result.numRuntimeErrorTestSuites;
  const failed = result.numFailedTests + broken;
  return {
    name: size.name,
    passed: result.numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    seconds: Math.round((Date.now() - result.startTime) / 1000),
    leftOut: [...new Set(notRun.flatMap(({ reason }) => reason ?? []))],
    skipped: notRun.filter(({ reason }) => reason === undefined).map(({ test }) => test),
  };
}

/** The short form of `npm run drill`, each drill counted as a test; always with the same faults. */
function drill() {
  const startedAt = Date.now();
  const report = join(root, '.cache/drill-results.json');
  rmSync(report, { force: true });
  const { status } = spawnSync(node, [join(root, 'tools/drill.mjs'), '--short', '--seed=1'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const drills = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).results : [];
  const failed = drills.filter(({ failures }) => failures.length > 0).length;
  return {
    name: 'drills',
    passed: drills.length - failed,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    seconds: Math.round((Date.now() - startedAt) / 1000),
    leftOut: [],
    skipped: [],
  };
}

function finish(passed, failed) {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
provideTools();
buildWhereNeeded();
const results = sizes.map(run);
// Drills are no Jest tests: arguments are Jest's, and leave them out.
if (jestArguments.length === 0) results.push(drill());

console.log('');
for (const { name, passed, failed, seconds } of results) {
  console.log(`${name.padEnd(12)} ${passed} passed, ${failed} failed in ${seconds} s`);
}
const leftOut = results.flatMap((result) => result.leftOut);
const skipped = results.flatMap((result) => result.skipped);
for (const title of leftOut) console.log(`Left out: ${title}`);
for (const title of skipped) console.log(`Skipped: ${title}`);
if (leftOut.length + skipped.length === 0) console.log('Nothing was left out.');

const sum = (key) => results.reduce((total, result) => total + result[key], 0);
// A machine that proves must not leave out a proof.
finish(sum('passed'), sum('failed') + (isCi ? leftOut.length + skipped.length : 0));

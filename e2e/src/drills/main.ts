/**
 * Runs drills: `node dist/drills/main.js [--short] [--seed=N] [--rounds=N] [name …]`; `--list` says what there is.
 * `--mutations [name …]` proves that drills fail when a guard is taken away.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { findTool } from '@mailrun/testing';
import { root } from '../system/places.js';
import { catalogue } from './catalogue/index.js';
import { standaloneDrills } from './catalogue/standalone/index.js';
import type { Drill } from './drill.js';
import { provedByMutations } from './mutations/main.js';
import { runDrills } from './runner/run-drills.js';
import { sumOf, summaryOf, tableOf } from './runner/table.js';

const say = (line: string) => process.stdout.write(`${line}\n`);

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    mutations: { type: 'boolean', default: false },
    seed: { type: 'string' },
    rounds: { type: 'string' },
  },
});

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0)
    throw new Error(`--${option}=${text} must be a whole number, 0 or above.`);
  return number;
}

type AnyDrill = Pick<Drill, 'name' | 'what' | 'isShort' | 'tools'>;
const all: readonly AnyDrill[] = [...catalogue, ...standaloneDrills];
if (values.list) {
  for (const drill of all) {
    const set = drill.isShort === true ? 'short' : '';
    say(`${drill.name.padEnd(28)} ${set.padEnd(6)} ${drill.what}`);
  }
  process.exit(0);
}
const seed =
  values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : wholeNumber('seed', values.seed);
// One listener of each process under test ends it when this one is cut off.
process.setMaxListeners(100);
const stopping = new AbortController();
// The drill under way ends first, and everything that was started with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

if (values.mutations) process.exit(await provedByMutations(positionals, seed, stopping.signal));

const unknown = positionals.filter((name) => all.every((drill) => drill.name !== name));
if (unknown.length > 0) {
  process.stderr.write(`Unknown: ${unknown.join(', ')}. --list says what there is.\n`);
  process.exit(2);
}

const isShort = values.short;
const leftOut: string[] = [];
const leaveOut = (drill: Pick<Drill, 'name'>, why: string) => {
  leftOut.push(drill.name);
  say(`Left out: ${drill.name}. ${why}`);
};
const isChosen = ({ name, isShort: isOfShort }: AnyDrill): boolean =>
  positionals.length > 0 ? positionals.includes(name) : !isShort || isOfShort === true;
const chosen = all.filter(isChosen);
const canBeDone = (drill: AnyDrill): boolean => {
  const missing = (drill.tools ?? []).filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) leaveOut(drill, `It needs ${missing.join(', ')}.`);
  return missing.length === 0;
};
const drills = {
  kafka: catalogue.filter(isChosen).filter(canBeDone),
  standalone: standaloneDrills.filter(isChosen).filter(canBeDone),
};

say(
  `Seed ${seed}. To repeat: npm run drill --${isShort ? ' --short' : ''} --seed=${seed} ${positionals.join(' ')}`,
);
const startedAt = Date.now();
const results = await runDrills(
  drills,
  { seed, isShort, ...(values.rounds !== undefined && { rounds: wholeNumber('rounds', values.rounds) }) },
  {
    started: ({ name, what }) => say(`${name}: ${what}`),
    ended: ({ drill, faults, messages, seconds, failures }) => {
      const counts = Object.entries(faults).map(([what, count]) => `${count} × ${what}`);
      say(
        `  ${drill}: ${failures.length === 0 ? 'held' : 'FAILED'} after ${seconds} s, ${messages} messages, ${counts.join(', ')}`,
      );
      for (const failure of failures) say(`  ${drill}: ${failure}`);
    },
    leftOut: leaveOut,
    groundLost: (error) => say(`A ground is lost: ${inspect(error)}`),
  },
  stopping.signal,
);

// A full long run is what documents quote; anything else is for the person who looks at it now.
const isFull = !isShort && positionals.length === 0;
const file = join(root, isFull ? 'e2e/results' : '.cache', 'drill-results.json');
const report = { at: new Date(startedAt).toISOString(), form: isShort ? 'short' : 'long', seed, results };
await mkdir(dirname(file), { recursive: true });
await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
say(`\n${tableOf(results)}\n`);
say(`${Math.round((Date.now() - startedAt) / 1000)} s in all. Written to ${file}`);

const played = new Set(results.map(({ drill }) => drill));
const missed = chosen.filter(({ name }) => !played.has(name) && !leftOut.includes(name));
if (missed.length > 0) say(`Not played: ${missed.map(({ name }) => name).join(', ')}`);
const failed = results.filter(({ failures }) => failures.length > 0);
if (failed.length > 0) say(`Failed: ${failed.map(({ drill }) => drill).join(', ')}. Logs: .cache/e2e-logs`);
say(JSON.stringify(summaryOf(results)));
const isComplete =
  !stopping.signal.aborted && missed.length === 0 && (leftOut.length === 0 || process.env['CI'] !== 'true');
const isProof = results.length > 0 && results.every(({ faults }) => sumOf(faults) > 0);
// Whatever still listens must not keep the process: everything is written and cleared.
process.exit(failed.length === 0 && isComplete && isProof ? 0 : 1);

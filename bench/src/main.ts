/** Runs one benchmark in this process: `node dist/main.js transmit --size=1000 --connections=20,50`. */
import { parseArgs } from 'node:util';
import type { BenchmarkOptions } from './frame/benchmark.js';
import { Place } from './frame/place.js';
import { detailLines, resultOf, table, writeResults } from './frame/report.js';
import { benchmarks } from './benchmarks.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { size: { type: 'string' }, connections: { type: 'string' }, 'minutes-down': { type: 'string' } },
});

function numbers(option: string, text: string): number[] {
  const all = text.split(',').map(Number);
  if (all.some((number) => !Number.isInteger(number) || number < 1))
    throw new Error(`--${option}=${text} must be whole numbers above 0.`);
  return all;
}

const options: BenchmarkOptions = {
  ...(values.size !== undefined && { size: numbers('size', values.size)[0]! }),
  ...(values.connections !== undefined && { connections: numbers('connections', values.connections) }),
  ...(values['minutes-down'] !== undefined && {
    minutesDown: numbers('minutes-down', values['minutes-down'])[0]!,
  }),
};
const benchmark = benchmarks.find(({ name }) => name === positionals[0]);
if (benchmark === undefined) {
  const known = benchmarks.map(({ name, what }) => `  ${name.padEnd(20)} ${what}`).join('\n');
  console.error(`Name one benchmark:\n${known}`);
  process.exit(2);
}

const place = new Place();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void place.clear().finally(() => process.exit(130)));
}
const minutes = benchmark.deadlineMinutes;
const late = new Promise<never>((_, reject) => {
  const timer = setTimeout(
    () => reject(new Error(`${benchmark.name} took more than ${minutes} minutes.`)),
    minutes * 60_000,
  );
  place.atEnd(() => Promise.resolve(clearTimeout(timer)));
});
try {
  const at = new Date();
  const comparisons = await Promise.race([benchmark.run(options, place), late]);
  const results = comparisons.map((comparison) => resultOf(comparison, at));
  const file = await writeResults(benchmark.name, results);
  console.log(`\n${table(results)}\n\n${detailLines(results)}\n\nWritten to ${file}`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await place.clear();
}
// Whatever still listens must not keep the process: everything is written and cleared.
process.exit();

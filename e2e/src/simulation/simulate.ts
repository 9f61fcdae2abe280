import { campaign } from './campaign.js';
import type { Scenario } from './scenario.js';
import { tell } from './shorten.js';

/** The long form; see README.md. */
const schedules = Number(process.env['SIMULATION_SCHEDULES'] ?? 1_000_000);
const firstSeed = Number(process.env['SIMULATION_SEED'] ?? Date.now() % 1_000_000_000);

/** What all of them have in common, as JSON: `{"restores": true}`. */
const scenario = JSON.parse(process.env['SIMULATION_SCENARIO'] ?? '{}') as Partial<Scenario>;

process.stdout.write(`${schedules} schedules from seed ${firstSeed}\n`);
const startedAt = performance.now();
const { found, steps, schedules: played } = await campaign({ firstSeed, schedules, scenario });
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage();
if (found !== undefined) process.stdout.write(`${await tell(found)}\n`);
process.stdout.write(
  `${JSON.stringify({ schedules: played, steps, seconds, cpuSeconds: (user + system) / 1e6, found: found?.violation?.rule ?? null })}\n`,
);
process.exitCode = found === undefined ? 0 : 1;

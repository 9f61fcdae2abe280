import { createRequire } from 'node:module';
import {
  VashSandbox,
  defaultSandboxSettings,
  invoiceJobs,
  invoiceModel,
  invoiceTemplate,
} from '@mailrun/service-renderer';
import type { Benchmark } from '../frame/benchmark.js';
import { bestOfRounds, cpuDetails, measure, type Measured } from '../frame/measure.js';
import { ownProcessorMs, processorMsOf } from '../frame/processor-time.js';

interface Vash {
  compile(source: string): (model: unknown) => string;
}
const vash = createRequire(import.meta.url)('vash') as Vash;

const usualSize = 20_000;
/** Jobs of one call, as a batch of the bus has. */
const batch = 500;
const rounds = 3;
const target = 0.5;

/** The HTML body of a 30-line invoice, in the sandbox with its process boundary against vash in our own process. */
export const render: Benchmark = {
  name: 'render',
  what: 'templates in the sandbox, across its process boundary; against plain vash, per core',
  deadlineMinutes: 5,
  run: async ({ size = usualSize }, place) => {
    const sandbox = new VashSandbox({ ...defaultSandboxSettings, processes: 1 });
    place.atEnd(() => sandbox.close());
    const template = vash.compile(invoiceTemplate);
    const models = Array.from({ length: batch }, (_, number) => invoiceModel(number));
    const jobs = invoiceJobs(batch, { whole: false });
    // The process is started and the template compiled before anything is measured.
    const [first] = await sandbox.render(jobs);
    if (first?.kind !== 'rendered') throw new Error(`The template fails: ${JSON.stringify(first)}`);
    const [pid] = sandbox.pids;
    if (pid === undefined) throw new Error('The sandbox has no process.');

    const best = await bestOfRounds(rounds, {
      plain: () =>
        measure(size, async () => {
          for (let done = 0; done < size; done += 1) template(models[done % batch]);
        }),
      sandboxed: () =>
        measure(
          size,
          async () => {
            for (let left = size; left > 0; left -= batch) await sandbox.render(jobs.slice(0, left));
          },
          { 'our side': ownProcessorMs, 'the sandbox process': () => processorMsOf(pid) },
        ),
    });
    return [
      {
        name: 'render, body of a 30-line invoice',
        unit: 'renderings per second of a core',
        baseline: perCore(best.plain),
        measured: perCore(best.sandboxed),
        better: 'more',
        target,
        details: {
          renderings: size,
          ...cpuDetails('vash', best.plain),
          ...cpuDetails('sandbox', best.sandboxed),
        },
      },
    ];
  },
};

const perCore = ({ cpuUs }: Measured): number =>
  1_000_000 / Object.values(cpuUs).reduce((sum, us) => sum + us, 0);

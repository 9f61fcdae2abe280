import { SmtpSink } from '@mailrun/testing';
import type { Benchmark } from '../frame/benchmark.js';
import { residentBytes } from '../frame/processor-time.js';
import { ApiClient } from '../system/api-client.js';
import { Company } from '../system/company.js';
import { startKafkaSystem } from '../system/kafka-system.js';
import type { System } from '../system/system.js';

const usualSize = 200_000;
/** The smaller run has a twentieth of the messages. */
const share = 20;
const connections = 50;
const target = 1.2;
const lookEveryMs = 250;

/** Resident memory of each service while a run goes out, by the size of the run. */
export const memory: Benchmark = {
  name: 'memory',
  what: 'resident memory of each service during a run of 200,000 messages; against a run of 10,000',
  deadlineMinutes: 60,
  run: async ({ size = usualSize }, place) => {
    const sink = await SmtpSink.start();
    place.atEnd(() => sink.stop());
    const system = await startKafkaSystem(place);
    const company = new Company(new ApiClient(system), { sink, connections });
    await company.setUp();

    const fewMessages = Math.ceil(size / share);
    const few = await memoryOfRun(system, company, fewMessages, '2025-01');
    const many = await memoryOfRun(system, company, size, '2025-02');
    return Object.keys(system.pids).map((service) => ({
      name: `memory of ${service}, ${size} messages against ${fewMessages}`,
      unit: 'MiB',
      baseline: few[service]!,
      measured: many[service]!,
      better: 'less' as const,
      target,
    }));
  },
};

/** In MiB by service: what 95 of 100 looks during the run found at most, with sandbox processes. */
async function memoryOfRun(
  system: System,
  company: Company,
  messages: number,
  month: string,
): Promise<Record<string, number>> {
  await company.addInvoices(messages, month);
  const run = await company.prepare(month);
  const looks = new Map<string, number[]>(Object.keys(system.pids).map((name) => [name, []]));
  const timer = setInterval(() => {
    for (const [name, pid] of Object.entries(system.pids)) {
      void residentBytes(pid).then((bytes) => looks.get(name)!.push(bytes));
    }
  }, lookEveryMs);
  try {
    await company.send(run);
  } finally {
    clearInterval(timer);
  }
  return Object.fromEntries([...looks].map(([name, bytes]) => [name, percentile(bytes, 0.95) / 2 ** 20]));
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(part * (sorted.length - 1))] ?? NaN;
}

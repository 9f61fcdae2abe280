import { SmtpSink } from '@mailrun/testing';
import type { Benchmark } from '../frame/benchmark.js';

import { ApiClient } from '../system/api-client.js';
import { Company } from '../system/company.js';
import { startKafkaSystem } from '../system/kafka-system.js';
import { residentWhile } from '../system/resident-while.js';
import type { System } from '../system/system.js';

const usualSize = 200_000;
/** The smaller run has a twentieth of the messages. */
const share = 20;
const connections = 50;
const target = 1.2;

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

/** In MiB by service, during the run. */
async function memoryOfRun(
  system: System,
  company: Company,
  messages: number,
  month: string,
): Promise<Record<string, number>> {
  await company.addInvoices(messages, month);
  const run = await company.prepare(month);
  return residentWhile(system, () => company.send(run));
}

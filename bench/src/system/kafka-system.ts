import { randomBytes } from 'node:crypto';
import { startKafka } from '@mailrun/testing';
import type { Place } from '../frame/place.js';
import { processorMsBelow, processorMsOf, processTree } from '../frame/processor-time.js';
import { startPostgres } from './postgres.js';
import { createTenant, freePort, runCommand, startProgram, type Program } from './program.js';
import { measuredSettings, type System } from './system.js';

const services = ['gateway', 'definitions', 'runs', 'renderer', 'packager', 'dispatcher'] as const;
const partitions = 4;

/** Six processes on a real broker, set up by the commands that operators use. */
export async function startKafkaSystem(place: Place): Promise<System> {
  const before = new Set(await processTree(process.pid));
  const kafka = await startKafka();
  place.atEnd(() => kafka.stop());
  const broker = (await processTree(process.pid)).filter((pid) => !before.has(pid));
  const postgres = await startPostgres(place);
  const apiPort = await freePort();
  const internalPorts = await Promise.all(services.map(() => freePort()));
  const settings = {
    ...measuredSettings,
    DATABASE_URL: postgres.url,
    KAFKA_BROKERS: kafka.brokers.join(','),
    MAILRUN_BUS_PARTITIONS: String(partitions),
    MAILRUN_BLOBS_FOLDER: await place.folder(),
    MAILRUN_SECRETS_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    MAILRUN_DATABASE_ROLE_SECRET: randomBytes(32).toString('hex'),
    MAILRUN_INTERNAL_TOKEN_SECRET: randomBytes(32).toString('hex'),
    MAILRUN_INTERNAL_HOST: '127.0.0.1',
    MAILRUN_GATEWAY_PORT: String(apiPort),
    ...Object.fromEntries(
      services.map((service, index) => [
        `MAILRUN_INTERNAL_${service.toUpperCase()}_URL`,
        `http://127.0.0.1:${internalPorts[index]}`,
      ]),
    ),
  };
  await runCommand(['topics'], settings);
  await runCommand(['bootstrap'], settings);
  await runCommand(['migrate'], settings);
  const programs = new Map<string, Program>();
  // All at once, as a cluster would; they wait for each other by themselves.
  await Promise.all(
    services.map(async (app, index) => {
      const own = { ...settings, MAILRUN_INTERNAL_PORT: String(internalPorts[index]) };
      programs.set(app, await startProgram({ app, settings: own }, place));
    }),
  );
  const pids = Object.fromEntries(services.map((name) => [name, programs.get(name)!.pid]));
  return {
    api: `http://127.0.0.1:${apiPort}`,
    apiKey: await createTenant('Benchmark', [], settings),
    pids,
    databaseUrl: postgres.url,
    watched: {
      ...Object.fromEntries(services.map((name) => [name, () => processorMsOf(pids[name]!)])),
      'the sandbox processes': () => processorMsBelow(pids['renderer']!),
      PostgreSQL: postgres.processorMs,
      ...(broker[0] !== undefined && { Kafka: () => processorMsOf(broker[0]!) }),
    },
    checkAlive: async () => {
      for (const program of programs.values()) await program.checkAlive();
    },
  };
}

import { join } from 'node:path';
import { EmbeddedPostgres } from '@mailrun/platform-embedded-postgres';
import type { Place } from '../frame/place.js';
import { processorMsBelow, processorMsOf } from '../frame/processor-time.js';
import { postgresProcessorMs } from './postgres.js';
import { createTenant, freePort, startProgram } from './program.js';
import { measuredSettings, type System } from './system.js';

/** The standalone shape as `npm start` starts it: one process that brings its own PostgreSQL. */
export async function startEmbeddedSystem(place: Place): Promise<System> {
  const dataFolder = await place.folder();
  const postgresFolder = join(dataFolder, 'postgres');
  place.atEnd(async () => {
    // A process that was killed leaves its database server behind.
    const server = await EmbeddedPostgres.find(postgresFolder);
    if (server !== undefined) await (await EmbeddedPostgres.start({ folder: postgresFolder })).stop();
  });
  const port = await freePort();
  const args = [`--data=${dataFolder}`];
  const program = await startProgram(
    { app: 'standalone', args: [...args, `--port=${port}`], settings: measuredSettings },
    place,
  );
  const server = await EmbeddedPostgres.find(postgresFolder);
  if (server === undefined) throw new Error('The embedded PostgreSQL does not run.');
  return {
    api: `http://127.0.0.1:${port}`,
    apiKey: await createTenant('Benchmark', args, measuredSettings),
    pids: { standalone: program.pid },
    databaseUrl: server.url(),
    watched: {
      'the services': () => processorMsOf(program.pid),
      'the sandbox processes': () => processorMsBelow(program.pid),
      PostgreSQL: await postgresProcessorMs(postgresFolder),
    },
    checkAlive: () => program.checkAlive(),
  };
}

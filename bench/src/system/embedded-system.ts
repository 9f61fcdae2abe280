import { join } from 'node:path';
import { EmbeddedPostgres } from '@mailrun/platform-embedded-postgres';
import type { Place } from '../frame/place.js';
import { processorMsBelow, processorMsOf } from '../frame/processor-time.js';
import { postgresProcessorMs, startPostgres } from './postgres.js';
import { createTenant, freePort, startProgram } from './program.js';
import { profilesFolder } from './profiling.js';
import { measuredSettings, type System } from './system.js';

/** The standalone shape as `npm start` starts it: one process that brings its own PostgreSQL. */
export async function startEmbeddedSystem(place: Place): Promise<System> {
  const dataFolder = await place.folder();
  // To count its statements the server needs settings that the standalone shape does not give it.
  const counting = profilesFolder() === undefined ? undefined : await startPostgres(place);
  const settings = { ...measuredSettings, ...(counting !== undefined && { DATABASE_URL: counting.url }) };
  const port = await freePort();
  const args = [`--data=${dataFolder}`];
  const postgresFolder = join(dataFolder, 'postgres');
  place.atEnd(() => endLeftServer(postgresFolder));
  const program = await startProgram(
    { app: 'standalone', args: [...args, `--port=${port}`], settings },
    place,
  );
  return {
    api: `http://127.0.0.1:${port}`,
    apiKey: await createTenant('Benchmark', args, settings),
    pids: { standalone: program.pid },
    databaseUrl: counting?.url ?? (await urlOf(postgresFolder)),
    watched: {
      'the services': () => processorMsOf(program.pid),
      'the sandbox processes': () => processorMsBelow(program.pid),
      PostgreSQL: counting?.processorMs ?? (await postgresProcessorMs(postgresFolder)),
    },
    checkAlive: () => program.checkAlive(),
  };
}

async function urlOf(folder: string): Promise<string> {
  const server = await EmbeddedPostgres.find(folder);
  if (server === undefined) throw new Error('The embedded PostgreSQL does not run.');
  return server.url();
}

/** A process that was killed leaves its database server behind. */
async function endLeftServer(folder: string): Promise<void> {
  const server = await EmbeddedPostgres.find(folder);
  if (server !== undefined) await (await EmbeddedPostgres.start({ folder })).stop();
}

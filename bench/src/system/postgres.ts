import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgres } from '@mailrun/platform-embedded-postgres';
import type { Place } from '../frame/place.js';
import { processorMsBelow } from '../frame/processor-time.js';
import { countingSettings, profilesFolder } from './profiling.js';

export interface BenchPostgres {
  /** Of the owner. */
  readonly url: string;
  /** Of the server and its sessions so far. */
  readonly processorMs: () => Promise<number>;
  stop(): Promise<void>;
}

/** A PostgreSQL as the standalone shape brings it, durability on. Test databases are made on it from then on. */
export async function startPostgres(place: Place): Promise<BenchPostgres> {
  const folder = join(await place.folder(), 'postgres');
  const server = await EmbeddedPostgres.start({
    folder,
    settings: profilesFolder() === undefined ? {} : countingSettings,
  });
  place.atEnd(() => server.stop());
  const profiles = profilesFolder();
  if (profiles !== undefined)
    place.atEnd(() => copyFile(join(folder, 'log'), join(profiles, 'postgres.log')));
  const url = server.url();
  process.env['MAILRUN_TEST_DATABASE_URL'] = url;
  return { url, processorMs: await postgresProcessorMs(folder), stop: () => server.stop() };
}

/** Looks at the processor time of the server whose folder this is. */
export async function postgresProcessorMs(folder: string): Promise<() => Promise<number>> {
  const pid = Number((await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
  return () => processorMsBelow(pid);
}

import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '@mailrun/platform-embedded-postgres';
import type { Place } from '../frame/place.js';
import { processorMsBelow } from '../frame/processor-time.js';
import { countingSettings, profilesFolder } from './profiling.js';

export interface BenchPostgres {
  /** Of the owner. */
  readonly url: string;
  /** Of the server and its sessions so far. */
  readonly processorMs: () => Promise<number>;
  /** Bytes of write-ahead log so far. */
  readonly logBytes: () => Promise<number>;
  /** Statements so far, `begin`, `set` and `commit` among them. Only of a server that counts. */
  readonly statements: () => Promise<number>;
  stop(): Promise<void>;
}

/** What a server needs to count its statements. Costs a microsecond or two for each. */
const statementCounts = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': '5000',
} as const;

/**
 * A PostgreSQL as the standalone shape brings it, durability on. Test databases are made on it from then on.
 */
export async function startPostgres(
  place: Place,
  { countsStatements = false }: { readonly countsStatements?: boolean } = {},
): Promise<BenchPostgres> {
  const folder = join(await place.folder(), 'postgres');
  const profiles = profilesFolder();
  const server = await EmbeddedPostgres.start({
    folder,
    settings: profiles !== undefined ? countingSettings : countsStatements ? statementCounts : {},
  });
  place.atEnd(() => server.stop());
  if (profiles !== undefined)
    place.atEnd(() => copyFile(join(folder, 'log'), join(profiles, 'postgres.log')));
  const url = server.url();
  process.env['MAILRUN_TEST_DATABASE_URL'] = url;
  if (countsStatements) await numberOf(url, 'create extension pg_stat_statements');
  return {
    url,
    processorMs: await postgresProcessorMs(folder),
    logBytes: () => numberOf(url, `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as number`),
    statements: () => numberOf(url, 'select sum(calls) as number from pg_stat_statements where toplevel'),
    stop: () => server.stop(),
  };
}

/** Looks at the processor time of the server whose folder this is. */
export async function postgresProcessorMs(folder: string): Promise<() => Promise<number>> {
  const pid = Number((await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
  return () => processorMsBelow(pid);
}

async function numberOf(url: string, sql: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ number: string }>(sql);
    return Number(rows[0]?.number);
  } finally {
    await client.end();
  }
}

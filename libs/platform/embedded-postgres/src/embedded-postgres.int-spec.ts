import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { jest } from '@jest/globals';
import pg from 'pg';
import { EmbeddedPostgres } from './embedded-postgres.js';

async function query(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const client = new pg.Client(server.url());
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The folder that really holds its files. */
async function placeOf(server: EmbeddedPostgres): Promise<string> {
  const rows = await query(server, `select setting as data from pg_settings where name = 'data_directory'`);
  return dirname((rows as { data: string }[])[0]!.data);
}

// initdb and several starts, perhaps on a busy machine.
jest.setTimeout(60_000);

describe('EmbeddedPostgres', () => {
  it('keeps committed rows over a crash and over a server that outlived its parent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mailrun-postgres-'));
    const first = await EmbeddedPostgres.start({ folder });
    await query(first, 'create table kept as select 42 as answer');
    await first.crash();
    await first.launch();
    expect(await query(first, 'select answer from kept')).toEqual([{ answer: 42 }]);

    // Nobody stopped the first one: the second start ends it and goes on with its data.
    const second = await EmbeddedPostgres.start({ folder });
    expect(second.port).toBe(first.port);
    expect(await query(second, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await second.stop();
    await second.stop();
    await EmbeddedPostgres.remove(folder);
  });

  it('is removed with all that it keeps, wherever that lies, also while it runs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mailrun-postgres-'));
    const server = await EmbeddedPostgres.start({ folder, settings: { fsync: 'off' } });
    const place = await placeOf(server);
    await EmbeddedPostgres.remove(folder);
    await expect(access(place)).rejects.toThrow('ENOENT');
    await expect(access(folder)).rejects.toThrow('ENOENT');
    await expect(query(server, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });

  it('begins anew when its folder was deleted, wherever its data lie', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mailrun-postgres-'));
    const first = await EmbeddedPostgres.start({ folder, settings: { fsync: 'off' } });
    await query(first, 'create table kept as select 42 as answer');
    const firstPlace = await placeOf(first);
    await first.stop();
    await rm(folder, { recursive: true });

    const second = await EmbeddedPostgres.start({ folder, settings: { fsync: 'off' } });
    await expect(query(second, 'select answer from kept')).rejects.toThrow('does not exist');
    await EmbeddedPostgres.remove(folder);
    await rm(firstPlace, { recursive: true, force: true });
  });
});

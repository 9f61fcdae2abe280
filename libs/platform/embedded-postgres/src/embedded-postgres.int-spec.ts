import { access, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

/** initdb and several starts, perhaps on a busy machine. */
const deadlineMs = 60_000;

describe('EmbeddedPostgres', () => {
  it(
    'keeps committed rows over a crash and over a server that outlived its parent',
    async () => {
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
    },
    deadlineMs,
  );

  it(
    'is removed with all that it keeps, wherever that lies, also while it runs',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'mailrun-postgres-'));
      const server = await EmbeddedPostgres.start({ folder, settings: { fsync: 'off' } });
      const [row] = (await query(
        server,
        `select setting as data from pg_settings where name = 'data_directory'`,
      )) as {
        data: string;
      }[];
      await EmbeddedPostgres.remove(folder);
      await expect(access(dirname(row!.data))).rejects.toThrow('ENOENT');
      await expect(access(folder)).rejects.toThrow('ENOENT');
      await expect(query(server, 'select 1')).rejects.toThrow('ECONNREFUSED');
    },
    deadlineMs,
  );
});

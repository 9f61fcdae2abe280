import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** An empty database of its own for one test file. */
export interface TestDatabase {
  /** Connection string of the owner (superuser): for bootstrap, migrations and assertions past row-level security. */
  readonly ownerUrl: string;
  /** Unique in the server: prefix of schemas and roles, so that test files do not meet. */
  readonly prefix: string;
  /** As owner. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** Makes a database, on the server that the global set-up started unless another is given. */
export async function createTestDatabase(
  serverUrl = process.env['MAILRUN_TEST_DATABASE_URL'],
): Promise<TestDatabase> {
  if (serverUrl === undefined)
    throw new Error('Run integration tests through Jest: its set-up starts PostgreSQL.');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = new URL(serverUrl);
  await asAdmin(serverUrl, `create database ${name}`);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 2 });
  // A server that is killed by a test cuts idle connections; the next query says what is wrong.
  pool.on('error', () => undefined);
  return {
    ownerUrl: url.href,
    prefix: name,
    query: async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...values])).rows,
    drop: async () => {
      await pool.end();
      await asAdmin(serverUrl, `drop database if exists ${name} with (force)`);
      const roles = await adminQuery<{ rolname: string }>(
        serverUrl,
        `select rolname from pg_roles where rolname like '${name}%'`,
      );
      for (const { rolname } of roles) await asAdmin(serverUrl, `drop role if exists ${rolname}`);
    },
  };
}

async function asAdmin(url: string, sql: string): Promise<void> {
  await adminQuery(url, sql);
}

async function adminQuery<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

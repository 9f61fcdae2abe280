import pg from 'pg';
import { schemaName, servicesWithSchema, type ServiceWithSchema } from './naming.js';

export interface BootstrapOptions {
  /** Connection string of the owner: may create roles and schemas. */
  readonly ownerUrl: string;
  readonly prefix: string;
  /** Password of each service's role. */
  readonly passwordOf: (service: ServiceWithSchema) => string;
}

/**
 * Makes (or brings up to date) one schema, owned by the owner, and one log-in role without any other right for
 * each service. Harmless when repeated, also by two at once.
 */
export async function bootstrap({ ownerUrl, prefix, passwordOf }: BootstrapOptions): Promise<void> {
  const client = new pg.Client(ownerUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ version: number; database: string }>(
      `select current_setting('server_version_num')::int as version, current_database() as database`,
    );
    const server = rows[0];
    if (server === undefined || server.version < 150000) {
      throw new Error('Mailrun needs PostgreSQL 15 or later.');
    }
    for (const service of servicesWithSchema) {
      const name = schemaName(prefix, service);
      const password = client.escapeLiteral(passwordOf(service));
      await client.query(
        `do $$ begin create role ${name}; exception when duplicate_object or unique_violation then null; end $$`,
      );
      await retryOnConcurrentUpdate(() =>
        client.query(
          `alter role ${name} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password ${password}`,
        ),
      );
      await client.query(`create schema if not exists ${name}`);
      await client.query(`grant usage on schema ${name} to ${name}`);
      await client.query(`grant connect on database ${client.escapeIdentifier(server.database)} to ${name}`);
    }
  } finally {
    await client.end();
  }
}

/** Two bootstraps at once on the same role: PostgreSQL refuses the second with "tuple concurrently updated" (XX000). */
async function retryOnConcurrentUpdate(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== 'XX000' || attempt === 10) throw error;
      await new Promise((done) => setTimeout(done, 20 * attempt));
    }
  }
}

/** The owner's connection string with a service's role and password in it. */
export function serviceUrl(
  ownerUrl: string,
  prefix: string,
  service: ServiceWithSchema,
  password: string,
): string {
  const url = new URL(ownerUrl);
  url.username = schemaName(prefix, service);
  url.password = password;
  return url.href;
}

import { DataSource, type MigrationInterface } from 'typeorm';
import { schemaName, type ServiceWithSchema } from './naming.js';
import { deadLetterSchema, deadLetterStatements, platformStatements } from './schema-statements.js';

export interface MigrateOptions {
  /** Connection string of the owner of the schema. */
  readonly ownerUrl: string;
  readonly prefix: string;
  readonly service: ServiceWithSchema;
  /** Classes whose names end in a timestamp, in any order. Their statements run with the schema as search path. */
  readonly migrations: readonly (new () => MigrationInterface)[];
}

/**
 * Brings a service's schema up to date, as owner, and grants its role what it needs at run time. Only one runs at
 * a time (advisory lock); all migrations are one transaction.
 */
export async function migrate({ ownerUrl, prefix, service, migrations }: MigrateOptions): Promise<void> {
  const schema = schemaName(prefix, service);
  const dataSource = await new DataSource({
    type: 'postgres',
    url: ownerUrl,
    schema,
    migrations: [...migrations],
    migrationsTableName: 'migrations',
    extra: { options: `-c search_path=${schema}`, max: 2 },
  }).initialize();
  try {
    const runner = dataSource.createQueryRunner();
    await runner.query('select pg_advisory_lock(hashtext($1))', [schema]);
    try {
      for (const statement of platformStatements(schema)) await runner.query(statement);
      if (service === deadLetterSchema) {
        for (const statement of deadLetterStatements()) await runner.query(statement);
      }
      await dataSource.runMigrations({ transaction: 'all' });
      await runner.query(
        `grant select, insert, update, delete on all tables in schema ${schema} to ${schema}`,
      );
      await runner.query(`revoke all on table migrations from ${schema}`);
      await runner.query(`grant usage on all sequences in schema ${schema} to ${schema}`);
      await runner.query(`grant execute on all functions in schema ${schema} to ${schema}`);
      await runner.query('select ensure_partitions(3)');
    } finally {
      await runner.query('select pg_advisory_unlock(hashtext($1))', [schema]);
      await runner.release();
    }
  } finally {
    await dataSource.destroy();
  }
}

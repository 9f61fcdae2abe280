import type { MigrationInterface } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '@mailrun/testing';
import { bootstrap, serviceUrl } from '../bootstrap.js';
import { TypeOrmDatabase, type Database, type EntityTarget } from '../database.js';
import { migrate } from '../migrate.js';
import type { ServiceWithSchema } from '../naming.js';
import { openDataSource, type PersistenceOptions } from '../persistence.module.js';

/** A service's schema in a database of its own, migrated, and opened as the service's restricted role. */
export interface ServiceTestDatabase {
  readonly database: Database;
  /** For modules under test. */
  readonly options: PersistenceOptions;
  /** As owner, past row-level security. The search path is not set: name the schema (`prefix_service`). */
  readonly owner: TestDatabase;
  /** Name of the schema. */
  readonly schema: string;
  drop(): Promise<void>;
}

/** For integration tests of stores: call in `beforeAll`, `drop` in `afterAll`. */
export async function createServiceDatabase(
  service: ServiceWithSchema,
  migrations: readonly (new () => MigrationInterface)[],
  entities: readonly EntityTarget[] = [],
): Promise<ServiceTestDatabase> {
  const owner = await createTestDatabase();
  const { ownerUrl, prefix } = owner;
  const password = 'test-only';
  await bootstrap({ ownerUrl, prefix, passwordOf: () => password });
  await migrate({ ownerUrl, prefix, service, migrations });
  const options = {
    service,
    prefix,
    url: serviceUrl(ownerUrl, prefix, service, password),
    poolSize: 10,
    entities,
  };
  const dataSource = await openDataSource(options);
  return {
    database: new TypeOrmDatabase(dataSource),
    options,
    owner,
    schema: `${prefix}_${service}`,
    drop: async () => {
      await dataSource.destroy();
      await owner.drop();
    },
  };
}

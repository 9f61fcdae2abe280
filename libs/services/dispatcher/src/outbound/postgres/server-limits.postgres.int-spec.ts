import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { serverLimitsBehaviour } from '../../application/ports/server-limits.behaviour.js';
import { dispatcherMigrations } from './migrations/index.js';
import { PostgresServerLimits } from './server-limits.postgres.js';

let service: ServiceTestDatabase;
beforeAll(async () => {
  service = await createServiceDatabase('dispatcher', dispatcherMigrations);
});
afterAll(() => service.drop());

serverLimitsBehaviour('in PostgreSQL', () => new PostgresServerLimits(service.database));

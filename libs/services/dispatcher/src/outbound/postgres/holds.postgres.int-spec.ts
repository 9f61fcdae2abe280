import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { holdsBehaviour } from '../../application/ports/holds.behaviour.js';
import { PostgresEpochs } from './epochs.postgres.js';
import { PostgresHolds } from './holds.postgres.js';
import { dispatcherMigrations } from './migrations/index.js';

let service: ServiceTestDatabase;
beforeAll(async () => {
  service = await createServiceDatabase('dispatcher', dispatcherMigrations);
});
afterAll(() => service.drop());

holdsBehaviour('in PostgreSQL', () => ({
  holds: new PostgresHolds(service.database),
  epochs: new PostgresEpochs(service.database),
}));

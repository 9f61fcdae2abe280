import { jest } from '@jest/globals';
import { engineStoresBehaviour } from '../../application/ports/engine-stores.behaviour.js';
import { EngineHarness } from '../../testing/engine.harness.js';
import { PostgresEngine } from '../../testing/postgres-engine.js';

// Each test prepares whole runs, on machines that may be busy.
jest.setTimeout(60_000);

let service: Awaited<ReturnType<typeof EngineHarness.openService>>;
beforeAll(async () => {
  service = await EngineHarness.openService();
});
afterAll(() => service.drop());

engineStoresBehaviour('PostgreSQL', async () => new PostgresEngine(await EngineHarness.over(service)));

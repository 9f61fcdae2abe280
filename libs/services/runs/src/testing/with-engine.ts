import { afterAll, beforeAll, beforeEach, jest } from '@jest/globals';
import { EngineHarness } from './engine.harness.js';

/** Tests prepare and feed whole runs, on machines that may be busy. */
const longestMs = 60_000;

/** Gives each test of a `describe` a new engine, over a database that they share and that is empty then. */
export function withEngine(begin: (engine: EngineHarness) => Promise<void> | void): void {
  jest.setTimeout(longestMs);
  let service: Awaited<ReturnType<typeof EngineHarness.openService>>;
  beforeAll(async () => {
    service = await EngineHarness.openService();
  });
  beforeEach(async () => begin(await EngineHarness.over(service)));
  afterAll(() => service.drop());
}

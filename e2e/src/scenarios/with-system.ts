import { jest } from '@jest/globals';
import type { System } from '../system/system.js';
import type { SystemUnderTest } from './scenario.js';

/** Of one test; starting a system or a run on a busy machine takes its time. */
const testTimeoutMs = 240_000;

/** One system for all tests of a file: started before the first, ended after the last, also when they fail. */
export function withSystem(start: () => Promise<System>): SystemUnderTest {
  jest.setTimeout(testTimeoutMs);
  let system: System | undefined;
  beforeAll(async () => {
    system = await start();
  });
  afterAll(async () => {
    await system?.stop();
  });
  return () => {
    if (system === undefined) throw new Error('The system did not start.');
    return system;
  };
}

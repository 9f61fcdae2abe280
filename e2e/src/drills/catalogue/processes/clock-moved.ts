import { findTool, type ToolName } from '@mailrun/testing';
import type { Drill } from '../../drill.js';
import { bothCompanies } from '../../workload/workload.js';

const tools: readonly ToolName[] = ['faketime'];

/** Where Debian's package puts the library; the program `faketime` preloads it likewise. */
const library = '/usr/$LIB/faketime/libfaketimeMT.so.1';

/** Variables that give a process another time of day; what it measures between two moments stays right. */
const anotherTime = (offset: string) => ({
  LD_PRELOAD: library,
  FAKETIME: offset,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  DONT_FAKE_MONOTONIC: '1',
});

/** One process after the other believes that it is an hour earlier or later. */
export const clockMoved: readonly Drill[] = (['dispatcher', 'runs', 'packager', 'renderer'] as const).map(
  (service) => ({
    name: `${service}-clock-moved`,
    what: `The clock of the ${service} is an hour fast, or an hour slow.`,
    isShort: service === 'dispatcher',
    rounds: { short: 1, long: 4 },
    tools,
    impossible: () =>
      findTool('faketime') === undefined || process.platform !== 'linux'
        ? 'The clock of one process can be moved on Linux with faketime only.'
        : undefined,
    // Calls between services with such a clock are refused (docs/guarantees.md): so all that starts, starts before.
    before: ({ workload }) => workload.startRest(),
    round: async ({ ground: { system }, round, fault, wait }) => {
      const offset = round % 2 === 0 ? '+1h' : '-1h';
      await system.kill(service);
      fault(`clock ${offset}`, service === 'dispatcher' ? bothCompanies : 0);
      await system.process(service).start(anotherTime(offset));
      await wait(1_000, 2_000);
    },
    after: async ({ ground: { system } }) => {
      await system.process(service).stop();
      await system.process(service).start();
    },
  }),
);

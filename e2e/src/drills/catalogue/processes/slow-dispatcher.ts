import { setTimeout as delay } from 'node:timers/promises';
import type { Drill } from '../../drill.js';
import { bothCompanies } from '../../workload/workload.js';

/** It runs for a twentieth of the time. */
const [runsMs, standsMs] = [20, 380];

export const slowDispatcher: Drill = {
  name: 'slow-dispatcher',
  what: 'Of two dispatchers one is very slow, as on a machine that has too much to do.',
  isShort: true,
  rounds: { short: 1, long: 4 },
  round: async ({ ground: { system }, fault, isShort }) => {
    const slow = await system.addReplica('dispatcher');
    // It may be so slow that its leases end.
    fault('dispatcher slowed', bothCompanies);
    const end = performance.now() + (isShort ? 3_000 : 15_000);
    while (performance.now() < end) {
      system.process(slow).freeze();
      await delay(standsMs);
      system.process(slow).thaw();
      await delay(runsMs);
    }
    await system.removeReplica(slow);
  },
};

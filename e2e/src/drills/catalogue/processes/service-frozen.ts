import type { Drill } from '../../drill.js';
import { bothCompanies } from '../../workload/workload.js';

/** Longer than the leases and the sessions at the broker that drills set up. */
const [shortestMs, longestMs] = [3_500, 5_000];

/** SIGSTOP for longer than leases and sessions last, then SIGCONT: what it had was given to others meanwhile. */
export const serviceFrozen: readonly Drill[] = (['dispatcher', 'runs', 'packager', 'renderer'] as const).map(
  (service) => ({
    name: `${service}-frozen`,
    what: `The ${service} stands still for longer than leases and sessions last, while another one takes over, and then goes on.`,
    isShort: service === 'dispatcher' || service === 'runs',
    rounds: { short: 1, long: 10 },
    before: async ({ ground: { system } }) => {
      await system.addReplica(service);
    },
    round: async ({ ground: { system }, fault, wait }) => {
      await wait(100, 700);
      system.process(service).freeze();
      fault(`${service} frozen`, service === 'dispatcher' ? bothCompanies : 0);
      await wait(shortestMs, longestMs);
      system.process(service).thaw();
    },
    after: ({ ground: { system } }) => system.removeReplicas(),
  }),
);

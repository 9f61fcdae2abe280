import type { Drill } from '../../drill.js';
import { services } from '../../../system/kafka-system.js';
import { bothCompanies } from '../../workload/workload.js';

/** SIGKILL of each of the services in the middle of a run. What the dispatcher had in its conversations is uncertain. */
export const serviceKilled: readonly Drill[] = services.map((service) => ({
  name: `${service}-killed`,
  what: `The ${service} is killed (SIGKILL) in the middle of a run and started again.`,
  // What these two do for a run is done before it is under way.
  isShort: service !== 'gateway' && service !== 'definitions',
  rounds: { short: 2, long: 20 },
  round: async ({ ground: { system }, fault, wait }) => {
    await wait(0, 900);
    await system.kill(service);
    fault(`SIGKILL ${service}`, service === 'dispatcher' ? bothCompanies : 0);
    await wait(0, 300);
    await system.restart(service);
  },
}));

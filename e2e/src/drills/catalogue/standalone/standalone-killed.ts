import type { Drill } from '../../drill.js';
import type { StandaloneGround } from '../../ground/standalone-ground.js';
import { bothCompanies } from '../../workload/workload.js';

export const standaloneKilled: Drill<StandaloneGround> = {
  name: 'standalone-killed',
  what: 'The one process of the standalone shape is killed (SIGKILL) again and again while runs are under way.',
  isShort: true,
  rounds: { short: 2, long: 20 },
  round: async ({ ground: { system }, fault, wait }) => {
    await wait(0, 1_200);
    await system.kill('standalone');
    fault('SIGKILL of everything', bothCompanies);
    await wait(0, 300);
    await system.restart('standalone');
  },
};

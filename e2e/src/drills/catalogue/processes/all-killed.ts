import type { Drill } from '../../drill.js';
import { bothCompanies } from '../../workload/workload.js';

export const allKilled: Drill = {
  name: 'all-killed',
  what: 'All six services are killed at the same moment and started again, as after a power cut.',
  isShort: true,
  rounds: { short: 1, long: 20 },
  round: async ({ ground: { system }, fault, wait }) => {
    await wait(100, 1_200);
    await Promise.all(system.all.map((process) => process.kill()));
    fault('SIGKILL of all', bothCompanies);
    await wait(0, 300);
    await Promise.all(system.all.map((process) => process.start()));
  },
};

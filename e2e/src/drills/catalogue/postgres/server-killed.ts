import type { Drill } from '../../drill.js';
import { bothCompanies } from '../../workload/workload.js';

export const serverKilled: Drill = {
  name: 'postgres-killed',
  what: 'PostgreSQL is stopped without a checkpoint (immediate) and started again; it recovers from its log.',
  isShort: true,
  rounds: { short: 2, long: 20 },
  round: async ({ ground: { postgres }, fault, wait }) => {
    await wait(100, 900);
    await postgres.kill();
    // Answers that came while it was away can't be written down before the lease ends.
    fault('PostgreSQL killed', bothCompanies);
    await wait(0, 2_000);
    await postgres.up();
  },
};

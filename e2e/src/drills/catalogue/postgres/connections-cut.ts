import type { Drill } from '../../drill.js';
import { bothCompanies } from '../../workload/workload.js';

export const connectionsCut: Drill = {
  name: 'connections-cut',
  what: 'All connections to PostgreSQL are cut (pg_terminate_backend), again and again.',
  isShort: true,
  round: async ({ ground: { postgres }, fault, wait }) => {
    for (let times = 0; times < 3; times += 1) {
      await wait(0, 400);
      await postgres.cutConnections();
      fault('connections cut', bothCompanies);
    }
  },
};

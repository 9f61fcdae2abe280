import type { Drill } from '../../drill.js';
import { bothCompanies } from '../../workload/workload.js';

export const diskFull: Drill = {
  name: 'postgres-disk-full',
  what: 'The disk of PostgreSQL fills up to its last byte in the middle of a run, and room is made again.',
  isShort: true,
  rounds: { short: 1, long: 8 },
  impossible: ({ postgres }) =>
    postgres.hasOwnDisk
      ? undefined
      : 'Only root may mount a small disk for PostgreSQL, and not in every container.',
  round: async ({ ground: { postgres }, fault, wait }) => {
    await wait(100, 600);
    await postgres.fillDisk();
    fault('disk full', bothCompanies);
    await wait(1_000, 3_000);
    await postgres.clearDisk();
  },
};

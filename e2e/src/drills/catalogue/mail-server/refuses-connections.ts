import type { Drill } from '../../drill.js';

export const refusesConnections: Drill = {
  name: 'smtp-server-down',
  what: 'The mail server goes down in the middle of a run, refuses connections for a while, and comes back.',
  isShort: true,
  isContained: true,
  messages: { short: 60 },
  rounds: { short: 3, long: 15 },
  round: async ({ mailServer, fault, wait }) => {
    await wait(100, 700);
    fault('mail server down', mailServer.ledger.openConnections);
    await mailServer.down();
    await wait(200, 3_000);
    await mailServer.up();
  },
};

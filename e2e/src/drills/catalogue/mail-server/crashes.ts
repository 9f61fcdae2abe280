import type { Drill } from '../../drill.js';

export const crashes: Drill = {
  name: 'smtp-server-crashes',
  what: 'The mail server resets all its connections at once, as when it crashes and is back at once.',
  isShort: true,
  isContained: true,
  messages: { short: 60 },
  round: async ({ mailServer, fault, wait }) => {
    await wait(200, 900);
    fault('all connections reset', mailServer.ledger.openConnections);
    mailServer.resetConnections();
  },
};

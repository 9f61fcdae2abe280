import type { Drill } from '../../drill.js';
import { longestWait } from '../../workload/workload.js';

export const closesIdle: Drill = {
  name: 'smtp-closes-idle',
  what: 'Mails leave at a limited rate, and the mail server closes connections that wait for the next one.',
  isShort: true,
  isContained: true,
  messages: { short: 36 },
  rounds: { short: 3, long: 6 },
  mailServer: { idleTimeoutMs: 150, plan: () => undefined },
  server: { messagesPerMinute: 240 },
  after: async ({ workload, mailServer, fault }) => {
    await workload.untilFinal(true, longestWait.deadlineMs);
    for (let count = mailServer.ledger.connections; count > 0; count -= 1) fault('idle connection closed');
  },
};

import type { Drill } from '../../drill.js';
import { until } from '../../../system/until.js';
import { longestWait } from '../../workload/workload.js';

/** Connections that were closed before the limit is raised. */
const enough = { short: 24, long: 400 };

export const closesIdle: Drill = {
  name: 'smtp-closes-idle',
  what: 'Mails leave at a limited rate, and the mail server closes connections that wait for the next one.',
  isShort: true,
  isContained: true,
  messages: { short: 48 },
  rounds: { short: 3, long: 6 },
  mailServer: { idleTimeoutMs: 150, plan: () => undefined },
  server: { messagesPerMinute: 180 },
  after: async ({ workload, mailServer, isShort, fault }) => {
    const most = isShort ? enough.short : enough.long;
    const areClosed = async () => mailServer.ledger.connections >= most || undefined;
    await until(`${most} connections to be closed`, areClosed, longestWait);
    for (let count = most; count > 0; count -= 1) fault('idle connection closed');
    await workload.changeServer({ messagesPerMinute: null });
  },
};

import type { Drill } from '../../drill.js';

const user = 'billing';
const password = 'as agreed';

export const credentialsRefused: Drill = {
  name: 'smtp-wrong-password',
  what: 'The mail server refuses the password until it is corrected, which frees the mails at once.',
  isShort: true,
  isContained: true,
  messages: { short: 48 },
  rounds: { short: 3, long: 6 },
  mailServer: { tls: 'starttls', credentials: { user, password } },
  server: { tls: 'starttls', user, password: 'of last year' },
  after: async ({ workload, mailServer, fault, wait }) => {
    await mailServer.ledger.until(({ connections }) => connections > 0);
    await wait(500, 2_000);
    fault('wrong password');
    await workload.changeServer({ password });
  },
};

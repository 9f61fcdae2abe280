import type { Drill } from '../../drill.js';

export const nameNotFound: Drill = {
  name: 'dns-fails',
  what: 'The name of the mail server is not found (RFC 6761: .invalid never is), until its settings are corrected.',
  isShort: true,
  isContained: true,
  messages: { short: 48 },
  rounds: { short: 3, long: 6 },
  round: async ({ workload, fault, wait }) => {
    await wait(0, 300);
    await workload.changeServer({ host: 'mail.drill.invalid' });
    fault('name not found');
    await wait(500, 2_500);
    await workload.changeServer({});
  },
};

import type { Drill } from '../../drill.js';
import { first } from './misbehaves.js';

/** How many mails are taken before. The rate is lowered to half of what was measured, and rises slowly: so late. */
const afterAccepted = { short: 36, long: 2_040 };
const most = { short: 4, long: 20 };
const share = 0.3;

/** The mail server asks for fewer mails while the last ones are to leave. */
export const asksForFewer: Drill = {
  name: 'smtp-slow-down',
  what: 'The mail server asks for fewer mails (454 4.7.1), which lowers the rate for a while.',
  isShort: true,
  messages: { short: 48 },
  rounds: { short: 3, long: 6 },
  isContained: true,
  before: (context) => {
    const form = context.isShort ? 'short' : 'long';
    const { ledger } = context.mailServer;
    let left = most[form];
    first(context, ({ stage }) => {
      if (stage !== 'rcpt' || left === 0 || ledger.accepted.length < afterAccepted[form]) return undefined;
      if (!context.random.isHit(share)) return undefined;
      left -= 1;
      return { kind: 'reply', code: 454, text: '4.7.1 Try again later' };
    });
  },
};

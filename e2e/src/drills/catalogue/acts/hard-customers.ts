import type { DrillContext } from '../../drill.js';
import { first } from '../mail-server/misbehaves.js';

const unknown = /^c-000[25]@/;
const unanswered = /^c-000[36]@/;
/** Each closed connection makes the dispatcher wait a while with this server: in the long form, one of so many. */
const oneOf = 10;

/** Mails to two of twelve customers are refused for good; some to two others are taken without an answer. */
export function withHardCustomers(context: DrillContext): void {
  let taken = 0;
  first(context, ({ stage, recipients }) => {
    const isAbout = (pattern: RegExp) => recipients.some((address) => pattern.test(address));
    if (stage === 'rcpt' && isAbout(unknown))
      return { kind: 'reply', code: 550, text: '5.1.1 No such user here' };
    if (stage !== 'final' || !isAbout(unanswered)) return undefined;
    taken += 1;
    return context.isShort || taken % oneOf === 1 ? { kind: 'close' } : undefined;
  });
}

/** They have corrected what was wrong. */
export const withoutHardCustomers = ({ mailServer }: DrillContext): void => {
  mailServer.plan = undefined;
};

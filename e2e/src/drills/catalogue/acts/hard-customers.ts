import type { DrillContext } from '../../drill.js';
import { first } from '../mail-server/misbehaves.js';

const unknown = /^c-000[25]@/;
const unanswered = /^c-000[36]@/;

/** Mails to two of twelve customers are refused for good, those to two others are taken without an answer. */
export function withHardCustomers(context: DrillContext): void {
  first(context, ({ stage, recipients }) => {
    const isAbout = (pattern: RegExp) => recipients.some((address) => pattern.test(address));
    if (stage === 'rcpt' && isAbout(unknown))
      return { kind: 'reply', code: 550, text: '5.1.1 No such user here' };
    return stage === 'final' && isAbout(unanswered) ? { kind: 'close' } : undefined;
  });
}

/** They have corrected what was wrong. */
export const withoutHardCustomers = ({ mailServer }: DrillContext): void => {
  mailServer.plan = undefined;
};

import type { Drill } from '../../drill.js';
import { first } from './misbehaves.js';

/** Recipients that the server takes in one mail. */
const mostRecipients = 1;

export const recipientsPutOff: Drill = {
  name: 'smtp-some-recipients',
  what: 'The mail server takes one recipient of a mail, puts the others off (452), and knows some of them not at all (550).',
  isShort: true,
  isContained: true,
  messages: { short: 48 },
  rounds: { short: 3, long: 6 },
  mayEnd: ['partly-sent'],
  before: (context) => {
    const taken = new Map<number, number>();
    first(context, ({ stage, mail, recipients }) => {
      if (stage !== 'rcpt') return undefined;
      if (recipients[0]?.startsWith('cc-') === true)
        return { kind: 'reply', code: 550, text: '5.1.1 User unknown' };
      const before = taken.get(mail) ?? 0;
      if (before >= mostRecipients) return { kind: 'reply', code: 452, text: '4.5.3 Too many recipients' };
      taken.set(mail, before + 1);
      return undefined;
    });
  },
};

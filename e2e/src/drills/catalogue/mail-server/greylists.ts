import type { Drill } from '../../drill.js';
import { first } from './misbehaves.js';

export const greylists: Drill = {
  name: 'smtp-greylists',
  what: 'The mail server refuses each sender and recipient at first, and takes them when they come again.',
  isShort: true,
  isContained: true,
  messages: { short: 48 },
  rounds: { short: 3, long: 6 },
  before: (context) => {
    const known = new Set<string>();
    first(context, ({ stage, envelopeFrom, recipients }) => {
      if (stage !== 'rcpt') return undefined;
      const pair = `${envelopeFrom} ${recipients.join()}`;
      if (known.has(pair)) return undefined;
      known.add(pair);
      return { kind: 'reply', code: 450, text: '4.2.0 Greylisted, please try again' };
    });
  },
};

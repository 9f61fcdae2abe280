import type { SmtpStage } from '@mailrun/testing';
import type { Drill } from '../../drill.js';
import { closesIdle } from './closes-idle.js';
import { credentialsRefused } from './credentials-refused.js';
import { crashes } from './crashes.js';
import { greylists } from './greylists.js';
import { misbehaves, stages } from './misbehaves.js';
import { nameNotFound } from './name-not-found.js';
import { recipientsPutOff } from './recipients-put-off.js';
import { refusesConnections } from './refuses-connections.js';
import { certificateExpired, tlsFails } from './tls.js';

const beforeFinal = stages.filter((stage) => stage !== 'content' && stage !== 'final');
const most = { short: 14, long: 120 };
const longLine = 'x'.repeat(100_000);

const closes = misbehaves({
  name: 'smtp-closes',
  what: 'The mail server closes the connection at every stage of the conversation.',
  at: stages,
  share: 0.08,
  most,
  fault: () => ({ kind: 'close' }),
});

const resets = misbehaves({
  name: 'smtp-resets',
  what: 'The connection to the mail server is reset at every stage, in the content too.',
  at: stages,
  share: 0.08,
  most,
  fault: () => ({ kind: 'reset' }),
});

const hangs = misbehaves({
  name: 'smtp-hangs',
  what: 'The mail server never answers, at every stage: after connect, EHLO, MAIL, RCPT, DATA, in the content, after the dot.',
  at: stages,
  share: 0.06,
  most: { short: 8, long: 60 },
  fault: () => ({ kind: 'hang' }),
});

const unavailable = misbehaves({
  name: 'smtp-421',
  what: 'The mail server says 421 and closes, at every stage.',
  at: stages.filter((stage) => stage !== 'content'),
  share: 0.08,
  most,
  fault: () => ({ kind: 'reply', code: 421, text: '4.3.2 Service shutting down', thenClose: true }),
});

const garbage = misbehaves({
  name: 'smtp-garbage',
  what: 'The mail server answers with bytes that are no SMTP.',
  at: stages.filter((stage) => stage !== 'content'),
  share: 0.06,
  most: { short: 10, long: 100 },
  fault: (random) => ({
    kind: 'raw',
    bytes: random.pick([
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      '\u0000\u0001\u0002\r\n',
      '99 ??\r\n',
      '\r\n\r\n',
    ]),
  }),
});

const late = misbehaves({
  name: 'smtp-late',
  what: 'The mail server answers late: after a second, and after 30 and 120 s (short: 6 s), when nobody waits any more.',
  at: ['mail', 'rcpt', 'data', 'final'] satisfies SmtpStage[],
  share: 0.06,
  most: { short: 10, long: 80 },
  fault: (random, _, isShort) => ({
    kind: 'delay',
    delayMs: random.pick(isShort ? [1_000, 1_000, 6_000] : [1_000, 6_000, 30_000, 120_000]),
  }),
});

const slow = misbehaves({
  name: 'smtp-byte-by-byte',
  what: 'The mail server gives its answers byte by byte.',
  at: [...beforeFinal, 'final'],
  share: 0.2,
  most: { short: 60, long: 600 },
  fault: (random) => ({ kind: 'slow', delayMs: random.between(1, 15) }),
});

const longLines = misbehaves({
  name: 'smtp-long-lines',
  what: 'The mail server gives answers of one line of 100 kB: greetings, refusals and acceptances.',
  at: ['connect', 'rcpt', 'final'],
  share: 0.3,
  most: { short: 20, long: 300 },
  fault: (_, { stage }) =>
    stage === 'rcpt'
      ? { kind: 'reply', code: 450, text: `4.2.0 ${longLine}` }
      : { kind: 'reply', code: stage === 'connect' ? 220 : 250, text: longLine },
});

const tryLaterReplies = [
  { code: 450, text: '4.2.1 Mailbox busy' },
  { code: 451, text: '4.3.0 Local error, try again' },
  { code: 452, text: '4.3.1 Insufficient system storage' },
] as const;

const tryLater = misbehaves({
  name: 'smtp-try-later',
  what: 'The mail server puts mails off: 450, 451, 452 at MAIL, RCPT, DATA and after the dot.',
  at: ['mail', 'rcpt', 'data', 'final'],
  share: 0.1,
  most: { short: 18, long: 120 },
  fault: (random) => ({ kind: 'reply', ...random.pick(tryLaterReplies) }),
});

/** The rate falls to half of what was measured, and rises slowly: so only the last ones hear it. */
const asksForFewer = misbehaves({
  name: 'smtp-slow-down',
  what: 'The mail server asks for fewer mails (454 4.7.1), which lowers the rate for a while.',
  at: ['rcpt'],
  share: 1,
  most: { short: 4, long: 20 },
  afterAccepted: { short: 36, long: 2_040 },
  fault: () => ({ kind: 'reply', code: 454, text: '4.7.1 Try again later' }),
});

/** Faults of the mail server: each drill has one of its own, so these disturb nobody else. */
export const mailServerDrills: readonly Drill[] = [
  hangs,
  closes,
  resets,
  unavailable,
  garbage,
  late,
  slow,
  longLines,
  tryLater,
  asksForFewer,
  closesIdle,
  crashes,
  refusesConnections,
  greylists,
  recipientsPutOff,
  credentialsRefused,
  tlsFails,
  certificateExpired,
  nameNotFound,
];

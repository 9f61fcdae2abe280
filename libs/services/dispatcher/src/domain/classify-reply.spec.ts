import type { ConversationStage } from './conversation.js';
import { classifyReply } from './classify-reply.js';
import { parseServerReply } from './server-reply.js';

/** stage, reply, code of ours, whose fault, permanent */
const cases: [ConversationStage, string, string, string, boolean][] = [
  ['greeting', '421 4.3.2 Service not available', 'smtp.server-unavailable', 'server', false],
  ['greeting', '554 5.7.1 No service for you', 'smtp.server-unavailable', 'server', false],
  ['mail', '421 4.7.0 Too many messages, slow down', 'smtp.rate-limited', 'server', false],
  ['after-dot', '451 4.3.2 Please try again later', 'smtp.server-unavailable', 'server', false],
  ['auth', '535 5.7.8 Authentication credentials invalid', 'smtp.credentials-refused', 'credentials', false],
  ['auth', '454 4.7.0 Temporary authentication failure', 'smtp.server-unavailable', 'server', false],
  ['mail', '530 5.7.0 Authentication required', 'smtp.credentials-refused', 'credentials', false],
  ['mail', '503 5.5.1 Error: nested MAIL command', 'smtp.session-broken', 'session', false],
  ['mail', '552 5.3.4 Message size exceeds fixed limit', 'smtp.too-large', 'message', true],
  ['after-dot', '552 5.3.4 Message size exceeds limit', 'smtp.too-large', 'message', true],
  ['rcpt', '552 5.2.2 Mailbox full', 'smtp.recipient-refused', 'recipient', true],
  [
    'rcpt',
    '450 4.2.0 <a@y.test>: Recipient address rejected: Greylisted',
    'smtp.try-later',
    'recipient',
    false,
  ],
  ['rcpt', '452 4.5.3 Too many recipients', 'smtp.try-later', 'recipient', false],
  [
    'rcpt',
    '451 4.7.28 Our system has detected an unusual rate of mail',
    'smtp.rate-limited',
    'message',
    false,
  ],
  [
    'rcpt',
    '550 5.1.1 <a@y.test>: User unknown in virtual mailbox table',
    'smtp.recipient-refused',
    'recipient',
    true,
  ],
  ['rcpt', '550 no such user', 'smtp.recipient-refused', 'recipient', true],
  [
    'rcpt',
    '553 5.7.1 <x@x.test>: Sender address rejected: not owned by user u',
    'smtp.sender-refused',
    'sender',
    false,
  ],
  [
    'rcpt',
    '550 5.1.8 <x@x.test>: Sender address rejected: Domain not found',
    'smtp.sender-refused',
    'sender',
    false,
  ],
  ['after-dot', '554 5.7.1 Spam message rejected', 'smtp.refused', 'message', true],
  ['after-dot', '450 4.3.0 Try again', 'smtp.try-later', 'message', false],
  ['data', '554 5.5.1 no valid recipients', 'smtp.refused', 'message', true],
];

describe('what a reply means', () => {
  it.each(cases)('at %s: %s', (stage, raw, code, scope, isPermanent) => {
    expect(classifyReply(stage, parseServerReply(raw)!)).toMatchObject({ code, scope, isPermanent });
  });
});

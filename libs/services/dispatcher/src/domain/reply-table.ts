import type { ReplyRule } from './reply-rule.js';
import { verdicts } from './verdicts.js';

const beforeMail = ['connect', 'greeting', 'ehlo', 'starttls'] as const;

/**
 * What replies mean; the first row that matches decides. Codes by RFC 5321 4.2 and RFC 3463, words by what common
 * servers say (`testing/real-replies.ts` has them, with their sources). What is said about the sender, or about us, comes before what is
 * said about a recipient, wherever in the conversation it is said: a fault that is not the customer's must never be
 * booked on one. The last rows catch everything.
 */
export const replyTable: readonly ReplyRule[] = [
  // One mailbox gets too much: no one else is concerned
  {
    smtp: ['4xx'],
    text: ['is receiving mail', 'recipient thread limit'],
    verdict: verdicts.recipientTryLater,
  },

  // The session: what the server says to a connection that was used or idle for too long
  {
    smtp: ['421', '45x'],
    text: [
      'too many messages in this connection',
      'too many messages on this connection',
      'too many messages in one connection',
      'too many messages per connection',
      'too many messages in one session',
      'too many messages per session',
    ],
    verdict: verdicts.sessionLimit,
  },

  // Sender, said with words that leave no doubt
  {
    smtp: ['4xx', '5xx'],
    text: [
      'sandbox subdomains are for test',
      'not authorized to send from',
      'not allowed to send as',
      'permissions to send as',
      'sendasdenied',
      'send as denied',
      'email address is not verified',
      'verified sender identity',
      'sender domain not verified',
    ],
    verdict: verdicts.senderRefused,
  },

  // Too fast, and too many at a time
  {
    smtp: ['4xx', '5xx'],
    text: [
      'too many connections',
      'too many open connections',
      'too many concurrent',
      'concurrent connections limit',
      'concurrent connection limit',
      'concurrent server connections',
      'concurrency limit',
      'sender thread limit',
      'too many sessions',
      'number of sessions exceeds',
      'too frequent connects',
      'connection rate limit',
      'connection rate exceeded',
    ],
    verdict: verdicts.tooManyConnections,
  },
  {
    smtp: ['4xx', '5xx'],
    text: [
      'unusual rate',
      'sending rate',
      'submission rate',
      'rate limit',
      'rate exceeded',
      'throttl',
      'slow down',
      'too many messages',
      'too many mails',
      'too many emails',
      'too much mail',
      'too many requests',
      'temporarily deferred',
      'max emails per hour',
      'sending limit',
      'sending quota',
      'message quota exceeded',
      'relay limit exceeded',
      'recipient limit exceeded',
      'recipients received this hour',
      'too many recipients from',
      'submissionquotaexceeded',
    ],
    verdict: verdicts.rateLimited,
  },
  { smtp: ['451'], enhanced: ['4.7.500'], verdict: verdicts.rateLimited },
  { enhanced: ['5.4.5'], text: ['limit', 'quota'], verdict: verdicts.rateLimited },

  // Our right to use the server: nothing to do with this mail. Relaying is a right of the client (Postfix: at RCPT)
  {
    text: ['starttls', 'tls required', 'tls 1.0 and 1.1', 'encryption required'],
    verdict: verdicts.tlsRequired,
  },
  {
    smtp: ['4xx', '5xx'],
    text: [
      'relay access denied',
      'relaying denied',
      'relay denied',
      'relay not permitted',
      'unable to relay',
      'relay is not permitted',
      'for relay',
      'we do not relay',
      'client host rejected',
      'helo command rejected',
      'blocked using',
      'client host [',
      'traffic not accepted from this ip',
      'is not authorized to send email directly',
      "ip you're using to send",
      'tenant has exceeded threshold',
      'sending suspended',
      'account is paused',
      'maximum credits exceeded',
      'is not authorized to perform',
      'unauthenticated senders not allowed',
      'client was not authenticated',
      'turn on smtp authentication',
      'no smtp service here',
    ],
    verdict: verdicts.clientRefused,
  },
  // 454 at the login is a temporary failure of the login itself (RFC 4954 6)
  { stages: ['auth'], smtp: ['4xx'], verdict: verdicts.serverUnavailable },
  { stages: ['auth'], verdict: verdicts.credentialsRefused },
  { smtp: ['530', '534', '535', '538'], verdict: verdicts.credentialsRefused },
  { enhanced: ['5.7.8', '5.7.9'], verdict: verdicts.credentialsRefused },

  // The server itself. A time-out is that of our own idle connection, not the server's
  { smtp: ['421', '451'], enhanced: ['4.4.2'], verdict: verdicts.sessionBroken },
  { smtp: ['421'], verdict: verdicts.serverUnavailable },
  // 4.3.1: its disk is full; 4.3.2: it is not taking mail; 4.4.5: it is busy
  { enhanced: ['4.3.1', '4.3.2', '5.3.2', '4.4.5'], verdict: verdicts.serverUnavailable },
  {
    smtp: ['4xx'],
    text: ['temporary server error', 'insufficient system', 'insufficient disk', 'space shortage'],
    verdict: verdicts.serverUnavailable,
  },
  { stages: [...beforeMail], verdict: verdicts.serverUnavailable },

  // Commands out of order: our connection is out of step, not the mail
  { smtp: ['503'], verdict: verdicts.sessionBroken },

  // Size
  { enhanced: ['5.3.4', '5.2.3'], verdict: verdicts.tooLarge },
  { stages: ['mail'], smtp: ['552'], verdict: verdicts.tooLarge },
  {
    smtp: ['552', '554'],
    stages: ['data', 'content', 'after-dot'],
    text: [
      'too large',
      'too big',
      'too long',
      'message size',
      'maximum permitted',
      'exceeds size',
      'message length',
    ],
    verdict: verdicts.tooLarge,
  },

  // The sender, wherever it is said: Postfix judges it at RCPT
  { enhanced: ['5.1.7', '5.1.8', '5.7.26', '5.7.60', '5.7.750'], verdict: verdicts.senderRefused },
  {
    smtp: ['5xx'],
    text: [
      'sender address',
      'sender rejected',
      'sender denied',
      'sender verify',
      'sender is rejected',
      'sender refused',
      'invalid sender',
      'bad outbound sender',
      'from address',
      'envelope from',
      'return-path',
      'return path',
      'not owned by user',
      'unregistered domain',
      'dmarc policy',
      'spf check',
      'spf validation',
    ],
    verdict: verdicts.senderRefused,
  },
  { stages: ['mail'], smtp: ['5xx'], verdict: verdicts.senderRefused },

  // Try later
  { smtp: ['452'], enhanced: ['4.5.3'], verdict: verdicts.tooManyRecipients },
  { stages: ['rcpt'], smtp: ['4xx'], text: ['too many recipients'], verdict: verdicts.tooManyRecipients },
  { stages: ['rcpt'], enhanced: ['4.2.2'], verdict: verdicts.mailboxFull },
  { smtp: ['4xx'], enhanced: ['4.7.0', '4.7.28'], verdict: verdicts.rateLimited },
  { smtp: ['454'], verdict: verdicts.rateLimited },
  { stages: ['rcpt'], smtp: ['4xx'], verdict: verdicts.recipientTryLater },
  { smtp: ['4xx'], verdict: verdicts.mailTryLater },

  // The recipient
  { enhanced: ['5.2.2'], verdict: verdicts.mailboxFullForGood },
  { stages: ['rcpt'], smtp: ['552'], verdict: verdicts.mailboxFullForGood },
  { enhanced: ['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10'], verdict: verdicts.recipientRefused },
  { enhanced: ['5.2.0', '5.2.1'], verdict: verdicts.recipientRefused },
  { stages: ['rcpt'], smtp: ['5xx'], verdict: verdicts.recipientRefused },

  // Anything else
  { smtp: ['5xx'], verdict: verdicts.refused },
  { verdict: verdicts.sessionBroken },
];

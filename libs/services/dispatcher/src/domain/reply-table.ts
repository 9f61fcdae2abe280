import type { ConversationStage } from './conversation.js';

/** Whose fault a refusal is: it decides what waits and what fails. */
export type Scope =
  /** This address: the others of the mail are not concerned. */
  | 'recipient'
  /** This mail, whoever gets it. */
  | 'message'
  /** The sender's address: no customer's fault, the run must pause. */
  | 'sender'
  /** The mail server, for now: it is paused, and the mail's attempt does not count. */
  | 'server'
  /** User name or password: the circuit opens until the settings change. */
  | 'credentials'
  /** This connection: the mail goes again on another one. */
  | 'session';

export interface Verdict {
  /** Stable code of ours. */
  readonly code: string;
  readonly scope: Scope;
  /** Whether the same mail can succeed later, unchanged. */
  readonly isPermanent: boolean;
  /** The server asks for fewer mails in a time. */
  readonly slowsDown?: true;
}

/** One row: all that is given must match. `smtp` and `enhanced` are patterns of the whole code. */
export interface ReplyRule {
  readonly stages?: readonly ConversationStage[];
  readonly smtp?: RegExp;
  readonly enhanced?: RegExp;
  readonly text?: RegExp;
  readonly verdict: Verdict;
}

const temporary = (code: string, scope: Scope, more: { slowsDown?: true } = {}): Verdict => ({
  code,
  scope,
  isPermanent: false,
  ...more,
});
const permanent = (code: string, scope: Scope): Verdict => ({ code, scope, isPermanent: true });

const aboutSender =
  /\b(sender|from address|envelope from|return.?path|mail from|not owned by user|send ?as)\b/i;
const aboutRate =
  /\b(rate|too many (messages|mails|connections|requests)|throttl|slow down|quota for sending)/i;

/**
 * What replies mean; the first row that matches decides. Codes by RFC 5321 4.2 and RFC 3463, words by what common
 * servers say. The last rows catch everything.
 */
export const replyTable: readonly ReplyRule[] = [
  // The server itself
  { smtp: /^421$/, text: aboutRate, verdict: temporary('smtp.rate-limited', 'server', { slowsDown: true }) },
  { smtp: /^421$/, verdict: temporary('smtp.server-unavailable', 'server') },
  { enhanced: /^[45]\.3\.2$/, verdict: temporary('smtp.server-unavailable', 'server') },
  {
    stages: ['connect', 'greeting', 'ehlo', 'starttls'],
    verdict: temporary('smtp.server-unavailable', 'server'),
  },
  // Credentials. 454 is a temporary failure of the login itself (RFC 4954 6)
  { stages: ['auth'], smtp: /^4/, verdict: temporary('smtp.server-unavailable', 'server') },
  { stages: ['auth'], verdict: temporary('smtp.credentials-refused', 'credentials') },
  { smtp: /^53[05]$/, verdict: temporary('smtp.credentials-refused', 'credentials') },
  { enhanced: /^5\.7\.8$/, verdict: temporary('smtp.credentials-refused', 'credentials') },
  // Commands out of order: our connection is out of step, not the mail
  { smtp: /^503$/, verdict: temporary('smtp.session-broken', 'session') },
  // Size
  { smtp: /^552$/, enhanced: /^5\.3\.4$/, verdict: permanent('smtp.too-large', 'message') },
  { enhanced: /^5\.(3\.4|2\.3)$/, verdict: permanent('smtp.too-large', 'message') },
  { stages: ['mail'], smtp: /^552$/, verdict: permanent('smtp.too-large', 'message') },
  // The sender, wherever it is said: Postfix judges it at RCPT
  { enhanced: /^5\.1\.[78]$/, verdict: temporary('smtp.sender-refused', 'sender') },
  {
    smtp: /^55[013]$/,
    enhanced: /^5\.7\.1$/,
    text: aboutSender,
    verdict: temporary('smtp.sender-refused', 'sender'),
  },
  { smtp: /^553$/, text: aboutSender, verdict: temporary('smtp.sender-refused', 'sender') },
  { stages: ['mail'], smtp: /^5/, verdict: temporary('smtp.sender-refused', 'sender') },
  // Try later
  { smtp: /^4/, text: aboutRate, verdict: temporary('smtp.rate-limited', 'message', { slowsDown: true }) },
  {
    smtp: /^4/,
    enhanced: /^4\.7\.(0|28)$/,
    verdict: temporary('smtp.rate-limited', 'message', { slowsDown: true }),
  },
  { smtp: /^454$/, verdict: temporary('smtp.rate-limited', 'message', { slowsDown: true }) },
  { stages: ['rcpt'], smtp: /^4/, verdict: temporary('smtp.try-later', 'recipient') },
  { smtp: /^4/, verdict: temporary('smtp.try-later', 'message') },
  // The recipient
  { enhanced: /^5\.1\.([1236]|10)$/, verdict: permanent('smtp.recipient-refused', 'recipient') },
  { enhanced: /^5\.2\.[012]$/, verdict: permanent('smtp.recipient-refused', 'recipient') },
  { stages: ['rcpt'], smtp: /^5/, verdict: permanent('smtp.recipient-refused', 'recipient') },
  // Anything else
  { smtp: /^5/, verdict: permanent('smtp.refused', 'message') },
  { verdict: temporary('smtp.session-broken', 'session') },
];

import type { Scope, Verdict } from './reply-rule.js';

const temporary = (code: string, scope: Scope): Verdict => ({ code, scope, isPermanent: false });
const permanent = (code: string, scope: 'recipient' | 'mail'): Verdict => ({
  code,
  scope,
  isPermanent: true,
});

/** What a reply can mean. */
export const verdicts = {
  serverUnavailable: temporary('smtp.server-unavailable', 'server'),
  sessionBroken: temporary('smtp.session-broken', 'session'),
  /** The server takes so many mails over one connection only. */
  sessionLimit: temporary('smtp.session-limit', 'session'),
  rateLimited: temporary('smtp.rate-limited', 'rate'),
  tooManyConnections: temporary('smtp.too-many-connections', 'rate'),
  credentialsRefused: temporary('smtp.credentials-refused', 'credentials'),
  /** The server does not let us send, whoever we say we are: no relaying, our address blocked, account suspended. */
  clientRefused: temporary('smtp.client-refused', 'credentials'),
  tlsRequired: temporary('smtp.tls-required', 'credentials'),
  senderRefused: temporary('smtp.sender-refused', 'sender'),
  tooLarge: permanent('smtp.too-large', 'mail'),
  refused: permanent('smtp.refused', 'mail'),
  mailTryLater: temporary('smtp.try-later', 'mail'),
  recipientTryLater: temporary('smtp.try-later', 'recipient'),
  /** One conversation takes so many addresses only: the others go in the next. */
  tooManyRecipients: temporary('smtp.too-many-recipients', 'recipient'),
  mailboxFull: temporary('smtp.mailbox-full', 'recipient'),
  mailboxFullForGood: permanent('smtp.mailbox-full', 'recipient'),
  recipientRefused: permanent('smtp.recipient-refused', 'recipient'),
} as const satisfies Record<string, Verdict>;

/** The verdict that a rule of an operator names by scope. */
export function verdictOf(scope: Scope, isPermanent: boolean): Verdict {
  switch (scope) {
    case 'recipient':
      return isPermanent ? verdicts.recipientRefused : verdicts.recipientTryLater;
    case 'mail':
      return isPermanent ? verdicts.refused : verdicts.mailTryLater;
    case 'sender':
      return verdicts.senderRefused;
    case 'server':
      return verdicts.serverUnavailable;
    case 'credentials':
      return verdicts.clientRefused;
    case 'rate':
      return verdicts.rateLimited;
    case 'session':
      return verdicts.sessionBroken;
  }
}

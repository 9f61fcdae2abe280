/** For staff: one sentence, and what to do where there is something to do. */
export interface StatusText {
  readonly statusText: string;
  readonly nextStep?: string;
}

const retry = 'then retry what failed.';

/** Why a message failed, waits or is uncertain, by the codes of the steps and of the dispatcher. */
export const reasonTexts: Readonly<Record<string, StatusText>> = {
  restored: {
    statusText: 'The database was restored from a backup; this mail may have left after it.',
    nextStep: 'Compare with the mail server’s log, then decide: treat as sent, send again, or resend.',
  },
  'decided.treat-as-sent': {
    statusText: 'The mail server’s answer was lost; someone decided to treat the mail as sent.',
  },
  'decided.send-again': {
    statusText: 'The mail server’s answer was lost; someone decided to send the mail again.',
    nextStep: 'Nothing: it is sent as soon as the mail server takes it.',
  },
  'smtp.server-unavailable': {
    statusText: 'The mail server was not available.',
    nextStep: 'Nothing: it is tried again. If it lasts, ask the mail server’s staff.',
  },
  'smtp.connection-refused': {
    statusText: 'The mail server refused the connection.',
    nextStep: 'Check the server’s host and port; waiting mails go on by themselves.',
  },
  'smtp.host-not-found': {
    statusText: 'The mail server’s name was not found.',
    nextStep: 'Check the server’s host; waiting mails go on by themselves.',
  },
  'smtp.tls-failed': {
    statusText: 'The encrypted connection to the mail server could not be made.',
    nextStep: 'Check the server’s TLS mode and certificate; waiting mails go on by themselves.',
  },
  'smtp.timeout': {
    statusText: 'The mail server did not answer in time.',
    nextStep: 'Nothing: it is tried again.',
  },
  'smtp.connection-lost': {
    statusText: 'The connection to the mail server broke before the mail was handed over.',
    nextStep: 'Nothing: it is tried again.',
  },
  'smtp.session-broken': {
    statusText: 'The conversation with the mail server broke before the mail was handed over.',
    nextStep: 'Nothing: it is tried again.',
  },
  'smtp.protocol-error': {
    statusText: 'The mail server answered something that is no SMTP.',
    nextStep: 'Check the server’s host, port and TLS mode.',
  },
  'smtp.auth-not-offered': {
    statusText: 'The mail server does not offer to log in.',
    nextStep: 'Check the server’s port and TLS mode, or remove user and password.',
  },
  'smtp.credentials-refused': {
    statusText: 'The mail server refuses user or password.',
    nextStep: 'Correct the server’s user or password; waiting mails go on by themselves.',
  },
  'smtp.rate-limited': {
    statusText: 'The mail server asked us to send more slowly.',
    nextStep: 'Nothing: it is tried again. If it lasts, lower the server’s messages per minute.',
  },
  'smtp.too-many-connections': {
    statusText: 'The mail server asked for fewer connections at a time.',
    nextStep: 'Nothing: it is tried again. If it lasts, lower the server’s connections.',
  },
  'smtp.session-limit': {
    statusText: 'The mail server takes so many mails over one connection only.',
    nextStep: 'Nothing: it goes over another connection.',
  },
  'smtp.client-refused': {
    statusText: 'The mail server does not let us send; no mail and no address is at fault.',
    nextStep:
      'Read the server’s answer and ask its staff to let this installation send; waiting mails go on by themselves.',
  },
  'smtp.tls-required': {
    statusText: 'The mail server wants an encrypted connection.',
    nextStep: 'Set the server’s TLS mode to starttls or implicit; waiting mails go on by themselves.',
  },
  'smtp.too-many-recipients': {
    statusText: 'The mail server takes so many recipients of a mail at a time only.',
    nextStep: 'Nothing: the others get it in the next try.',
  },
  'smtp.mailbox-full': {
    statusText: 'The recipient’s mailbox is full.',
    nextStep: `Tell the customer, ${retry}`,
  },
  'smtp.try-later': {
    statusText: 'The mail server asked us to wait.',
    nextStep: 'Nothing: it is tried again.',
  },
  'smtp.outcome-unknown': {
    statusText: 'The mail server had the whole mail, but its answer was lost: it may have been sent.',
    nextStep: 'Ask the mail server’s staff or the customer, then decide: treat as sent, or send again.',
  },
  'smtp.recipient-refused': {
    statusText: 'The mail server refuses the recipient’s address.',
    nextStep: `Correct the customer’s address, ${retry}`,
  },
  'smtp.sender-refused': {
    statusText: 'The mail server refuses the sender’s address.',
    nextStep: `Correct the sender or its rights on the mail server, ${retry}`,
  },
  'smtp.too-large': {
    statusText: 'The mail is larger than the mail server takes.',
    nextStep: 'Make the documents smaller or attach fewer.',
  },
  'smtp.refused': {
    statusText: 'The mail server refuses the mail for good.',
    nextStep: `Read the server’s answer, correct the cause, ${retry}`,
  },
  'smtp.gave-up': {
    statusText: 'The mail server asked us to wait for too long, so we gave up.',
    nextStep: `Ask the mail server’s staff, ${retry}`,
  },
  'sealed-mail-lost': {
    statusText: 'The finished mail was lost from the store before it was sent.',
    nextStep: `Tell your administrator, ${retry}`,
  },
  'round-stopped': {
    statusText: 'The run was stopped, and nothing of it is sent again.',
    nextStep: 'Treat it as sent, or resend it as a new copy.',
  },
  'run-stopped': {
    statusText: 'Was not sent, because the run was stopped.',
    nextStep: 'Send the rest of the run if it shall be sent.',
  },
};

/** Where a code is not listed, what its family says. */
export const familyTexts: Readonly<Record<string, StatusText>> = {
  template: {
    statusText: 'The template could not be rendered.',
    nextStep: `Correct the template at the line that is named, publish it, and prepare again.`,
  },
  render: {
    statusText: 'The mail could not be rendered.',
    nextStep: `Read the detail, correct the cause, ${retry}`,
  },
  package: {
    statusText: 'The mail could not be put together.',
    nextStep: `Read the detail, correct the cause, ${retry}`,
  },
  smtp: {
    statusText: 'The mail server did not take the mail.',
    nextStep: 'Read the server’s answer.',
  },
  dispatch: {
    statusText: 'The mail could not be handed to a mail server.',
    nextStep: `Check the sender and its message server, ${retry}`,
  },
};

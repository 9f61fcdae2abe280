import type { MessageServerState } from '@mailrun/contracts';
import type { ServerState, ServerUse } from '../application/ports/server-limits.port.js';

/** A server's state as the contract has it, with a sentence for staff. */
export function serverStateJson(use: ServerState, now: Date): MessageServerState {
  const { circuit, cause, openedAt, retryAt, sentPerMinute, connections } = use;
  const isClosed = circuit === 'closed';
  return {
    circuit,
    since: isClosed ? null : (openedAt?.toISOString() ?? null),
    probesAt: circuit === 'open' ? (retryAt?.toISOString() ?? null) : null,
    code: cause?.code ?? null,
    smtpCode: cause?.smtpCode ?? null,
    serverText: cause?.serverText ?? cause?.detail ?? null,
    sentPerMinute: Math.round(sentPerMinute),
    connections,
    reducedMessagesPerMinute: use.reducedRate === undefined ? null : Math.max(Math.floor(use.reducedRate), 1),
    reducedConnections: use.reducedConnections ?? null,
    usedUpUntil: isUsedUp(use, now) ? use.usedUpUntil!.toISOString() : null,
    pausedSince: use.pausedSince?.toISOString() ?? null,
    ...(use.pausedSince
      ? pausedText
      : !isClosed
        ? textOfOpen(use)
        : isUsedUp(use, now)
          ? usedUpText
          : textOfClosed(use)),
  };
}

const isUsedUp = ({ usedUpUntil }: ServerUse, now: Date): boolean =>
  usedUpUntil !== undefined && usedUpUntil > now;

const pausedText = {
  statusText: 'It is paused: its mails wait.',
  nextStep: 'Resume it when they may leave.',
};

const usedUpText = {
  statusText: 'A limit of the mail server is used up; its mails wait until there is room again.',
  nextStep: 'Nothing, or raise the limit if the mail server takes more.',
};

function textOfClosed({ reducedRate, reducedConnections }: ServerUse) {
  const isReduced = reducedRate !== undefined || reducedConnections !== undefined;
  return {
    statusText: isReduced
      ? 'The mail server asked for fewer mails or connections at a time: it gets fewer, and slowly more again.'
      : 'Mails can be sent.',
    nextStep: isReduced
      ? 'Nothing. If it happens often, lower the server’s messages per minute or connections.'
      : null,
  };
}

function textOfOpen({ circuit, cause }: ServerUse) {
  const known = openTexts[cause?.code ?? ''] ?? {
    statusText: 'The mail server can’t be used now; its mails wait.',
    nextStep:
      'Nothing: it is probed all the time. If it lasts, check host, port and TLS mode, or ask its staff.',
  };
  return circuit === 'open' ? known : { ...known, statusText: `${known.statusText} It is being probed.` };
}

const openTexts: Readonly<Record<string, { readonly statusText: string; readonly nextStep: string }>> = {
  'smtp.credentials-refused': {
    statusText: 'The mail server refuses user or password; its mails wait.',
    nextStep: 'Correct user or password: the mails go on at once.',
  },
  'smtp.auth-not-offered': {
    statusText: 'The mail server does not offer to log in; its mails wait.',
    nextStep: 'Correct port and TLS mode, or remove user and password: the mails go on at once.',
  },
  'smtp.client-refused': {
    statusText: 'The mail server does not let us send; its mails wait.',
    nextStep: 'Read its answer. Ask its staff to let this installation send, or correct the settings.',
  },
  'smtp.tls-required': {
    statusText: 'The mail server wants an encrypted connection; its mails wait.',
    nextStep: 'Set the TLS mode to starttls or implicit: the mails go on at once.',
  },
};

import type { ExternalLogger } from 'nodemailer/lib/shared';
import type { TranscriptLine } from '../../application/ports/mail-connections.port.js';
import { lineOfText } from '../../domain/server-reply.js';

/** More lines than any honest conversation about one mail has. */
const mostLines = 500;

/**
 * Writes down what both sides say. What the client says between AUTH and the server's verdict is left out whole, and
 * wherever user name or password turn up otherwise, also in Base64 as a careless server may echo them, stars stand.
 */
export function transcriptLogger(
  lines: TranscriptLine[],
  credentials: { readonly user: string; readonly password: string } | undefined,
): ExternalLogger {
  const secrets = credentials === undefined ? [] : formsOf(credentials);
  let isLoggingIn = false;
  const log = (entry: unknown, message?: unknown): void => {
    const from = (entry as { tnx?: string } | undefined)?.tnx;
    if ((from !== 'client' && from !== 'server') || lines.length >= mostLines) return;
    for (const line of String(message).split(/\r?\n/)) {
      lines.push({ from, text: from === 'client' ? clientLine(line) : stars(lineOfText(line)) });
    }
    if (from === 'server' && !String(message).startsWith('334')) isLoggingIn = false;
  };
  const clientLine = (line: string): string => {
    const method = /^AUTH\s+(\S+)/i.exec(line)?.[1];
    if (method !== undefined) {
      isLoggingIn = true;
      return `AUTH ${method} ***`;
    }
    return isLoggingIn ? '***' : stars(lineOfText(line));
  };
  const stars = (line: string): string =>
    secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line);
  return { trace: log, debug: log, info: log, warn: log, error: log, fatal: log } as ExternalLogger;
}

function formsOf({ user, password }: { readonly user: string; readonly password: string }): string[] {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return [
    password,
    base64(password),
    base64(user),
    base64(`\u0000${user}\u0000${password}`),
    base64(`\u0000${user}\u0000${password}`).replace(/=+$/, ''),
  ]
    .filter((secret) => secret.length > 2)
    .toSorted((a, b) => b.length - a.length);
}

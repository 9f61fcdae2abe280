import { encodedWords } from './encoded-word.js';
import { mustBeEncoded, oneLine } from './header-field.js';

export interface Mailbox {
  /** ASCII, dot-atom `@` domain: see {@link transportAddress}. */
  readonly address: string;
  readonly name?: string | undefined;
}

/** What a dot-atom address is made of (RFC 5322 3.4.1); anything else could read as two addresses. */
const dotAtomAddress = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+$/;

/** An address with its display name as it stands in From, To, Cc and Reply-To (RFC 5322 3.4). */
export function formatMailbox({ address, name }: Mailbox): string {
  if (!dotAtomAddress.test(address)) throw new Error('An address in a header is not a dot-atom address.');
  const phrase = displayName(name ?? '');
  return phrase === '' ? address : `${phrase} <${address}>`;
}

export const formatMailboxes = (mailboxes: readonly Mailbox[]): string =>
  mailboxes.map(formatMailbox).join(', ');

function displayName(name: string): string {
  const line = oneLine(name);
  if (mustBeEncoded(line)) return encodedWords(line);
  if (/^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: |$))*$/.test(line)) return line;
  return `"${line.replace(/["\\]/g, '\\$&')}"`;
}

import { encodedWords } from './encoded-word.js';
import { mustBeEncoded, oneLine } from './header-field.js';

export interface Mailbox {
  /** Dot-atom `@` ASCII domain; before the @ there may be letters of any alphabet. See {@link recipientAddress}. */
  readonly address: string;
  readonly name?: string | undefined;
}

/** What a dot-atom address is made of (RFC 5322 3.4.1); anything else could read as two addresses. */
const dotAtomAddress = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+$/u;

/** An address with its display name as it stands in From, To, Cc and Reply-To (RFC 5322 3.4). */
export function formatMailbox({ address, name }: Mailbox): string {
  if (!dotAtomAddress.test(address)) throw new Error('An address in a header is not a dot-atom address.');
  const phrase = displayName(name ?? '');
  const written = asBytes(address);
  return phrase === '' ? written : `${phrase} <${written}>`;
}

export const formatMailboxes = (mailboxes: readonly Mailbox[]): string =>
  mailboxes.map(formatMailbox).join(', ');

/** UTF-8 as it stands in an internationalized header (RFC 6532), one character for each byte as all composed text. */
const asBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function displayName(name: string): string {
  const line = oneLine(name);
  if (mustBeEncoded(line)) return encodedWords(line);
  if (/^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: |$))*$/.test(line)) return line;
  return `"${line.replace(/["\\]/g, '\\$&')}"`;
}

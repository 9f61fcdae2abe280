import { base64Lines } from './base64-lines.js';
import { quotedPrintable } from './quoted-printable.js';

export interface EncodedBody {
  readonly transferEncoding: '7bit' | 'quoted-printable' | 'base64';
  readonly lines: string;
}

/**
 * A text for 7-bit transport with CRLF line ends: as it is when it is ASCII in lines that every server takes
 * (RFC 5322 2.1.1), otherwise the shorter of quoted-printable and base64.
 */
export function encodeTextBody(text: string): EncodedBody {
  const canonical = text.toWellFormed().replace(/\r\n|\r|\n/g, '\r\n');
  if (isPlain(canonical)) return { transferEncoding: '7bit', lines: canonical };
  const bytes = Buffer.from(canonical);
  const nonAscii =
    bytes.length - (canonical.match(/[\0-\x7f]+/g)?.reduce((sum, run) => sum + run.length, 0) ?? 0);
  return nonAscii * 5 > bytes.length
    ? { transferEncoding: 'base64', lines: Buffer.concat([...base64Lines(bytes)]).toString('latin1') }
    : { transferEncoding: 'quoted-printable', lines: quotedPrintable(bytes) };
}

const isPlain = (text: string): boolean => /^[\t\r\n\x20-\x7e]*$/.test(text) && keepsItsLines(text);

const [tab, blank] = [0x09, 0x20];

/**
 * Servers on the way strip spaces at line ends and change `From ` at line starts: such texts are encoded. A walk, since
 * a regular expression for long lines looks at each line again from each of its characters.
 */
function keepsItsLines(text: string): boolean {
  for (let from = 0; from < text.length;) {
    const found = text.indexOf('\r\n', from);
    const end = found < 0 ? text.length : found;
    if (end - from > 997 || text.startsWith('From ', from)) return false;
    const last = end > from ? text.charCodeAt(end - 1) : undefined;
    if (last === tab || last === blank) return false;
    from = end + 2;
  }
  return true;
}

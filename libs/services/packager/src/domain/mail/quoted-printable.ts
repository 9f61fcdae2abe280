const lineMax = 76;
const hex = Buffer.from('0123456789ABCDEF', 'latin1');
const [tab, lf, cr, space, equals, upperF] = [0x09, 0x0a, 0x0d, 0x20, 0x3d, 0x46];

/** `From ` at the start of a line: mailbox files change it, and with it a signature. */
const from = Buffer.from('From ', 'latin1');

/** Quoted-printable (RFC 2045 6.7) of bytes whose line ends are CRLF. */
export function quotedPrintable(bytes: Buffer): string {
  // At worst every byte takes three characters, and each line of 75 a soft break.
  const out = Buffer.allocUnsafe(Math.ceil(bytes.length * 3 * 1.06) + 8);
  let to = 0;
  let column = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === cr && bytes[at + 1] === lf) {
      out[to++] = cr;
      out[to++] = lf;
      at++;
      column = 0;
      continue;
    }
    const isLineEnd = at + 1 === bytes.length || (bytes[at + 1] === cr && bytes[at + 2] === lf);
    const isLiteral =
      (byte > space &&
        byte < 0x7f &&
        byte !== equals &&
        !(byte === upperF && column === 0 && startsFrom(bytes, at))) ||
      ((byte === space || byte === tab) && !isLineEnd);
    const width = isLiteral ? 1 : 3;
    if (column + width > (isLineEnd ? lineMax : lineMax - 1)) {
      out[to++] = equals;
      out[to++] = cr;
      out[to++] = lf;
      column = 0;
    }
    if (isLiteral) out[to++] = byte;
    else {
      out[to++] = equals;
      out[to++] = hex[byte >> 4]!;
      out[to++] = hex[byte & 15]!;
    }
    column += width;
  }
  return out.toString('latin1', 0, to);
}

const startsFrom = (bytes: Buffer, at: number) =>
  bytes.compare(from, 0, from.length, at, at + from.length) === 0;

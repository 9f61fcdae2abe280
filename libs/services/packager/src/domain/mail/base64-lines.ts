/** Bytes of one line of 76 characters (RFC 2045 6.8). */
const lineBytes = 57;

/**
 * Base64 in lines of 76 characters, without a last line end, in pieces of about 80 kB. The encoding is native and
 * only the line ends are set here: a quarter of what encoding line by line costs.
 */
export function* base64Lines(content: Buffer, pieceLines = 1024): Generator<string> {
  const pieceBytes = lineBytes * pieceLines;
  for (let at = 0; at < content.length; at += pieceBytes) {
    yield (at === 0 ? '' : '\r\n') + withLineEnds(content.toString('base64', at, at + pieceBytes));
  }
}

function withLineEnds(base64: string): string {
  let lines = base64.slice(0, 76);
  for (let at = 76; at < base64.length; at += 76) lines += `\r\n${base64.slice(at, at + 76)}`;
  return lines;
}

/** Bytes of one line of 76 characters (RFC 2045 6.8). */
const lineBytes = 57;
const lineLength = 76;
const lineEnd = Buffer.from('\r\n');
const stride = lineLength + lineEnd.length;

/**
 * Base64 in lines of 76 characters, without a last line end, in pieces of about 80 kB. The encoding is native; only
 * the lines are moved apart here, in the buffer that becomes the piece, without a string for each.
 */
export function* base64Lines(content: Buffer, pieceLines = 1024): Generator<Buffer> {
  const pieceBytes = lineBytes * pieceLines;
  for (let at = 0; at < content.length; at += pieceBytes) {
    yield withLineEnds(content.toString('base64', at, at + pieceBytes), at === 0 ? 0 : lineEnd.length);
  }
}

/** `lead` bytes are left for the line end of the piece before. */
function withLineEnds(base64: string, lead: number): Buffer {
  const lines = Math.ceil(base64.length / lineLength);
  const piece = Buffer.allocUnsafe(lead + base64.length + (lines - 1) * lineEnd.length);
  if (lead > 0) lineEnd.copy(piece);
  // The text stands at the end, so that each line moves towards the beginning and the last one is in its place.
  const from = piece.length - base64.length;
  piece.write(base64, from, 'latin1');
  for (let line = 0; line < lines - 1; line++) {
    const target = lead + line * stride;
    const source = from + line * lineLength;
    piece.copyWithin(target, source, source + lineLength);
    piece[target + lineLength] = lineEnd[0]!;
    piece[target + lineLength + 1] = lineEnd[1]!;
  }
  return piece;
}

/** A part of a mail's bytes. In a string every character is ASCII: its length is its size in bytes, too. */
export type MailPiece = string | Buffer;

/** The pieces' bytes in one buffer. */
export function joinPieces(pieces: readonly MailPiece[]): Buffer {
  const bytes = Buffer.allocUnsafe(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    at += typeof piece === 'string' ? bytes.write(piece, at, 'latin1') : piece.copy(bytes, at);
  }
  return bytes;
}

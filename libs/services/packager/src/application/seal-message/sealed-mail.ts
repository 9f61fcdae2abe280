import { createHash } from 'node:crypto';
import { composeMail, type Mail } from '../../domain/mail/compose-mail.js';
import { joinPieces, type MailPiece } from '../../domain/mail/mail-piece.js';
import { refusals } from '../../domain/refusals.js';

/** The finished mail: not a byte of it changes from here on. */
export interface SealedMail {
  /** In pieces of about a mebibyte. */
  readonly bytes: readonly Buffer[];
  readonly sizeBytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

const pieceBytes = 1024 * 1024;

/**
 * Composes the mail and hashes it, giving way to other work after each mebibyte.
 *
 * @throws Refusal `package.too-large`, with the size as far as it is known
 */
export async function sealMail(mail: Mail, maxBytes: number): Promise<SealedMail> {
  const bytes: Buffer[] = [];
  const hash = createHash('sha256');
  let pieces: MailPiece[] = [];
  let taken = 0;
  let sizeBytes = 0;
  const take = () => {
    const piece = joinPieces(pieces);
    hash.update(piece);
    bytes.push(piece);
    pieces = [];
    taken = sizeBytes;
  };
  for (const part of composeMail(mail)) {
    pieces.push(part);
    sizeBytes += part.length;
    if (sizeBytes - taken < pieceBytes) continue;
    if (sizeBytes > maxBytes) break;
    take();
    await new Promise(setImmediate);
  }
  if (sizeBytes > maxBytes) throw refusals.tooLarge(sizeOf(mail, sizeBytes), maxBytes);
  take();
  return { bytes, sizeBytes, sha256: hash.digest('hex') };
}

/** The size that a mail would have had, without composing the rest of it. */
function sizeOf({ attachments }: Mail, atLeast: number): number {
  const encoded = attachments.reduce((sum, { content }) => sum + Math.ceil(content.length / 57) * 78, 0);
  return Math.max(atLeast, encoded);
}

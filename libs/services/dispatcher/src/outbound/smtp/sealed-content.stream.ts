import type net from 'node:net';
import { Writable } from 'node:stream';

const dot = Buffer.from('.');
const endAfterLf = Buffer.from('.\r\n');
const endAfterCr = Buffer.from('\n.\r\n');
const endOfLine = Buffer.from('\r\n.\r\n');
const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;

/** The last bytes that leave together with the final dot: what was not handed over surely has no dot behind it. */
export const tailBytes = 64 * 1024;

/** Hands the last bytes, the final dot among them, to the operating system by calling what writes them. */
export type HandOver = (writeLast: () => void) => void;

/** The bytes can't be sent as they are. */
export class UnfitContentError extends Error {
  override readonly name = 'UnfitContentError';

  constructor() {
    super('The sealed mail has a dot after a bare carriage return.');
  }
}

/** A mail as a whole, as {@link SealedContentStream} would write it. @throws UnfitContentError */
export function wireForm(sealed: Buffer): Buffer {
  if (sealed.includes('\r.')) throw new UnfitContentError();
  const pieces: Buffer[] = sealed[0] === DOT ? [dot] : [];
  let from = 0;
  for (let at = sealed.indexOf('\n.'); at >= 0; at = sealed.indexOf('\n.', at + 1)) {
    pieces.push(sealed.subarray(from, at + 1), dot);
    from = at + 1;
  }
  pieces.push(sealed.subarray(from), endAfter(sealed.at(-1)));
  return Buffer.concat(pieces);
}

/** The final dot, on a line of its own: an empty mail needs its line end too. */
const endAfter = (lastByte: number | undefined): Buffer =>
  lastByte === LF ? endAfterLf : lastByte === CR ? endAfterCr : endOfLine;

/**
 * Writes a sealed mail to the socket with the dots at line starts doubled (RFC 5321 4.5.2) and the final dot. Takes
 * the place of nodemailer's `DataStream`, which looks at every byte in JavaScript: sealed mails have CRLF line ends,
 * so a native search for LF-dot does the same. A dot after a bare CR can't be in such a mail and could end it early
 * at a careless receiver (SMTP smuggling), so it is refused.
 */
export class SealedContentStream extends Writable {
  inByteCount = 0;
  outByteCount = 0;
  private held: Buffer | undefined;
  private lastByte = LF;

  constructor(
    private readonly socket: net.Socket,
    /** Writes the bytes with the final dot. */
    private readonly handOver: HandOver,
  ) {
    super({ decodeStrings: true, highWaterMark: tailBytes });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    const before = this.held === undefined ? this.lastByte : this.held[this.held.length - 1];
    if (chunk.includes('\r.') || (before === CR && chunk[0] === DOT)) {
      done(new UnfitContentError());
      return;
    }
    this.inByteCount += chunk.length;
    const split = Math.max(0, chunk.length - tailBytes);
    let flows = this.held === undefined || this.put(this.held);
    if (split > 0) flows = this.put(chunk.subarray(0, split)) && flows;
    this.held = split > 0 ? chunk.subarray(split) : chunk;
    if (flows) done();
    else this.socket.once('drain', () => done());
  }

  override _final(done: () => void): void {
    this.handOver(() => {
      if (this.held !== undefined) this.put(this.held);
      this.writeOut(endAfter(this.inByteCount === 0 ? undefined : this.lastByte));
    });
    done();
  }

  /** Writes a piece with its dots doubled; false when the socket wants a pause. */
  private put(piece: Buffer): boolean {
    let flows = true;
    let from = 0;
    if (this.lastByte === LF && piece[0] === DOT) flows = this.writeOut(dot);
    for (let at = piece.indexOf('\n.'); at >= 0; at = piece.indexOf('\n.', at + 1)) {
      flows = this.writeOut(piece.subarray(from, at + 1));
      flows = this.writeOut(dot);
      from = at + 1;
    }
    flows = this.writeOut(from === 0 ? piece : piece.subarray(from));
    this.lastByte = piece[piece.length - 1]!;
    return flows;
  }

  private writeOut(bytes: Buffer): boolean {
    this.outByteCount += bytes.length;
    return this.socket.write(bytes);
  }
}

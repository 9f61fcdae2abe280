import type net from 'node:net';
import { tailBytes, wireForm, type HandOver } from './sealed-content.stream.js';

/**
 * Writes a small sealed mail as one piece, with its final dot. Nodemailer asks no more of what takes the content than
 * this, and a stream of its own for each mail costs more than the rest of its sending.
 */
export class WholeContent {
  inByteCount = 0;
  outByteCount = 0;
  private bytes: Buffer | undefined;

  constructor(
    private readonly socket: net.Socket,
    /** Writes the bytes with the final dot. */
    private readonly handOver: HandOver,
    private readonly onError: (error: Error) => void,
  ) {}

  /** Larger ones need the stream: what leaves before the dot must not be held up by it. */
  static fits(content: unknown): content is Buffer {
    return Buffer.isBuffer(content) && content.length <= tailBytes;
  }

  write(sealed: Buffer): void {
    this.inByteCount = sealed.length;
    try {
      this.bytes = wireForm(sealed);
    } catch (error) {
      this.onError(error as Error);
    }
  }

  end(): void {
    const { bytes, socket } = this;
    if (bytes === undefined) return;
    this.outByteCount = bytes.length;
    this.handOver(() => socket.write(bytes));
  }
}

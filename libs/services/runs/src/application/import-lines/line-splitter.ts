/** One line of a stream. Blank ones are left out, but counted in `number`. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  /** Without its end; undefined for a line that is too long: its bytes were passed over. */
  readonly bytes: Buffer | undefined;
}

const newline = 0x0a;
const blank = new Set([0x20, 0x09, 0x0d]);

/** Cuts a stream of bytes into lines, holding at most one line in memory. */
export class LineSplitter {
  private number = 1;
  private parts: Buffer[] = [];
  private sizeBytes = 0;

  constructor(private readonly maxLineBytes: number) {}

  /** The lines that end in this piece. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.hold(chunk.subarray(start, end));
      this.take(lines);
      start = end + 1;
    }
    this.hold(chunk.subarray(start));
    return lines;
  }

  /** What follows the last line end, at the end of the stream. */
  end(): Line[] {
    const lines: Line[] = [];
    this.take(lines);
    return lines;
  }

  private hold(part: Buffer): void {
    this.sizeBytes += part.length;
    if (this.sizeBytes > this.maxLineBytes) this.parts = [];
    else if (part.length > 0) this.parts.push(part);
  }

  private take(lines: Line[]): void {
    const number = this.number++;
    if (this.sizeBytes > this.maxLineBytes) {
      lines.push({ number, bytes: undefined });
    } else {
      const bytes = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
      if (!bytes.every((byte) => blank.has(byte))) lines.push({ number, bytes });
    }
    this.parts = [];
    this.sizeBytes = 0;
  }
}

import { decodeWords } from './encoded-words.js';

const maxHeadBytes = 256 * 1024;
const maxBoundaries = 100;
const maxBoundaryLine = 200;
const maxShownText = 1_000;

/** One header field of a head, unfolded; '' when it is not there. */
function field(head: string, name: string): string {
  const match = new RegExp(`^${name}:[ \\t]*(.*(?:\\r?\\n[ \\t].*)*)`, 'im').exec(head);
  return (match?.[1] ?? '').replace(/\r?\n[ \t]+/g, ' ').trim();
}

/** Not the text to read and not a picture within it. */
function isAttachment(type: string, disposition: string): boolean {
  if (/^attachment\b/i.test(disposition)) return true;
  return disposition === '' && type !== '' && !/^(text|multipart|message)\//i.test(type);
}

/**
 * Reads what a list of mails shows from a mail that passes by in pieces, without parsing it: the fields of the
 * first head, and how many attachments the parts' heads announce. Bodies are searched natively for the next
 * boundary, so that a large attachment costs nearly nothing.
 */
export class MailScan {
  from = '';
  subject = '';
  attachmentCount = 0;
  private inHead = true;
  private isFirstHead = true;
  private readonly boundaries = new Set<string>();
  private rest: Buffer = Buffer.alloc(0);

  feed(chunk: Buffer): void {
    let data = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    for (;;) {
      const next = this.inHead ? this.head(data) : this.body(data);
      if (next === undefined) return;
      data = next;
    }
  }

  /** To be called after the last piece: a mail may be nothing but a head. */
  end(): void {
    if (this.inHead) this.takeHead(this.rest);
  }

  /** The bytes after the head; undefined when more are needed (what is left is in `rest`). */
  private head(data: Buffer): Buffer | undefined {
    const isEmptyHead = data[0] === 0x0d && data[1] === 0x0a;
    const end = isEmptyHead ? 0 : data.indexOf('\r\n\r\n');
    if (end < 0 && data.length < maxHeadBytes) {
      this.rest = data;
      return undefined;
    }
    this.takeHead(end < 0 ? data : data.subarray(0, end));
    // The line end before the body stays, so that a boundary at its start is found after a line end.
    return end < 0 ? data.subarray(data.length) : data.subarray(isEmptyHead ? 0 : end + 2);
  }

  private takeHead(bytes: Buffer): void {
    const head = bytes.toString('utf8');
    if (this.isFirstHead) {
      this.from = decodeWords(field(head, 'from')).slice(0, maxShownText);
      this.subject = decodeWords(field(head, 'subject')).slice(0, maxShownText);
    }
    const type = field(head, 'content-type');
    const boundary = /^multipart\/.*?;\s*boundary=(?:"([^"]+)"|([^\s;]+))/is.exec(type);
    const name = boundary?.[1] ?? boundary?.[2];
    if (name !== undefined && this.boundaries.size < maxBoundaries) this.boundaries.add(name);
    else if (isAttachment(type, field(head, 'content-disposition'))) this.attachmentCount++;
    this.isFirstHead = false;
    this.inHead = false;
  }

  /** The bytes after the next boundary line; undefined when more are needed. */
  private body(data: Buffer): Buffer | undefined {
    if (this.boundaries.size === 0) return undefined;
    let from = 0;
    for (;;) {
      const start = data.indexOf('\n--', from);
      if (start < 0) {
        this.rest = data.subarray(Math.max(from, data.length - 2));
        return undefined;
      }
      const end = data.indexOf('\n', start + 3);
      if (end < 0 && data.length - start < maxBoundaryLine) {
        this.rest = data.subarray(start);
        return undefined;
      }
      const line = data.toString('latin1', start + 3, end < 0 ? start + maxBoundaryLine : end).trimEnd();
      if (this.boundaries.has(line)) {
        this.inHead = true;
        return data.subarray(end + 1);
      }
      from = start + 2;
    }
  }
}

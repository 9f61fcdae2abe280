import { randomBytes } from 'node:crypto';
import { base64Lines } from './base64-lines.js';
import { attachmentContentType } from './content-type.js';
import { fileNameParameters } from './file-name-parameters.js';
import { headerField, unstructured } from './header-field.js';
import type { MailPiece } from './mail-piece.js';
import { formatMailbox, formatMailboxes, type Mailbox } from './mailbox.js';
import { encodeTextBody } from './text-body.js';

export interface MailFile {
  readonly fileName: string;
  readonly contentType: string;
  readonly content: Buffer;
}

/** An image that the HTML body shows as `cid:<key>`. */
export interface InlineImage {
  readonly key: string;
  readonly contentType: string;
  /** Encoded once for all mails of a run: see {@link base64Lines}. */
  readonly base64: Buffer;
}

export interface Mail {
  readonly from: Mailbox;
  readonly replyTo?: Mailbox | undefined;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly subject: string;
  readonly date: Date;
  /** With angle brackets. */
  readonly messageId: string;
  /** Shown in a header of its own when a test address stands for them. */
  readonly originalRecipients?: string | undefined;
  readonly html?: string | undefined;
  readonly text?: string | undefined;
  readonly images: readonly InlineImage[];
  readonly attachments: readonly MailFile[];
}

/** A body part: its header fields, each with its line end, and its content without a last line end. */
interface Part {
  readonly header: string;
  readonly content: () => Iterable<MailPiece>;
}

/**
 * The finished mail (RFC 5322, MIME) for 7-bit transport with CRLF line ends, in pieces of at most about 80 kB, or the
 * size of a body or an image.
 */
export function* composeMail(mail: Mail): Generator<MailPiece> {
  const root = mixed(body(mail), mail.attachments);
  yield headerOf(mail) + root.header + '\r\n';
  let last: MailPiece = '';
  for (const piece of root.content()) yield (last = piece);
  if (!last.toString('latin1').endsWith('\r\n')) yield '\r\n';
}

function headerOf(mail: Mail): string {
  return (
    headerField('Date', mail.date.toUTCString().replace('GMT', '+0000')) +
    headerField('From', formatMailbox(mail.from)) +
    (mail.replyTo ? headerField('Reply-To', formatMailbox(mail.replyTo)) : '') +
    headerField('To', formatMailboxes(mail.to), true) +
    (mail.cc.length > 0 ? headerField('Cc', formatMailboxes(mail.cc), true) : '') +
    headerField('Subject', unstructured(mail.subject)) +
    headerField('Message-ID', mail.messageId) +
    headerField('Auto-Submitted', 'auto-generated') +
    (mail.originalRecipients === undefined
      ? ''
      : headerField('X-Mailrun-Original-Recipients', unstructured(mail.originalRecipients))) +
    headerField('MIME-Version', '1.0')
  );
}

/** Text and HTML alternatives, the preferred one last (RFC 2046 5.1.4); images beside the HTML that shows them. */
function body({ text, html, images }: Mail): Part {
  if (html === undefined) return textPart('plain', text ?? '');
  const htmlPart = textPart('html', html);
  const rich =
    images.length === 0
      ? htmlPart
      : multipart('related; type="text/html"', [htmlPart, ...images.map(imagePart)]);
  return text === undefined ? rich : multipart('alternative', [textPart('plain', text), rich]);
}

const mixed = (first: Part, files: readonly MailFile[]): Part =>
  files.length === 0 ? first : multipart('mixed', [first, ...files.map(filePart)]);

function textPart(subtype: 'plain' | 'html', text: string): Part {
  const { transferEncoding, lines } = encodeTextBody(text);
  return {
    header: `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: ${transferEncoding}\r\n`,
    content: () => [lines],
  };
}

function filePart({ fileName, contentType, content }: MailFile): Part {
  const { filename, name } = fileNameParameters(fileName);
  return {
    header:
      `Content-Type: ${attachmentContentType(contentType)};\r\n ${name}\r\n` +
      `Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n ${filename}\r\n`,
    content: () => base64Lines(content),
  };
}

function imagePart({ key, contentType, base64 }: InlineImage): Part {
  return {
    header:
      `Content-Type: ${attachmentContentType(contentType)}\r\nContent-Transfer-Encoding: base64\r\n` +
      headerField('Content-ID', `<${key}>`) +
      'Content-Disposition: inline\r\n',
    content: () => [base64],
  };
}

function multipart(subtype: string, parts: readonly Part[]): Part {
  // `=_` is in no quoted-printable and no base64 text (RFC 2045 6.7), and nobody guesses 96 random bits.
  const boundary = `=_${randomBytes(12).toString('hex')}`;
  return {
    header: `Content-Type: multipart/${subtype};\r\n boundary="${boundary}"\r\n`,
    content: function* () {
      let delimiter = `--${boundary}\r\n`;
      for (const part of parts) {
        yield `${delimiter}${part.header}\r\n`;
        yield* part.content();
        delimiter = `\r\n--${boundary}\r\n`;
      }
      yield `\r\n--${boundary}--`;
    },
  };
}

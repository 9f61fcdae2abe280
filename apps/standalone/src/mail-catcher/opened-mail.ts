import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { simpleParser, type ParsedMail } from 'mailparser';
import { decodeWords } from './encoded-words.js';

export interface OpenedAttachment {
  readonly fileName: string;
  readonly contentType: string;
  readonly content: Buffer;
  readonly sha256: string;
  /** A picture within the HTML body, named there as `cid:…`. */
  readonly isInline: boolean;
  readonly contentId: string | undefined;
}

/** A mail in its parts. All of it comes from the sender: to be escaped wherever it is shown. */
export interface OpenedMail {
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly attachments: readonly OpenedAttachment[];
}

type ParsedAttachment = ParsedMail['attachments'][number];

function toAttachment(part: ParsedAttachment, at: number): OpenedAttachment {
  return {
    fileName: part.filename ?? `part-${at + 1}`,
    contentType: part.contentType,
    content: part.content,
    sha256: createHash('sha256').update(part.content).digest('hex'),
    isInline: part.related === true,
    contentId: part.cid,
  };
}

/** Parses the mail in this file. */
export async function openMail(path: string): Promise<OpenedMail> {
  const parsed = await simpleParser(createReadStream(path), {
    keepCidLinks: true,
    skipHtmlToText: true,
    skipTextToHtml: true,
    checksumAlgo: false,
  });
  return {
    headers: parsed.headerLines.map(({ line }) => {
      const colon = line.indexOf(':');
      const value = line
        .slice(colon + 1)
        .replace(/\r?\n[ \t]+/g, ' ')
        .trim();
      return { name: line.slice(0, colon), value: decodeWords(value) };
    }),
    text: parsed.text,
    html: parsed.html === false ? undefined : parsed.html,
    attachments: parsed.attachments.map(toAttachment),
  };
}

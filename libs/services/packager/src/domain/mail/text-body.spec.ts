import { base64Lines } from './base64-lines.js';
import { quotedPrintable } from './quoted-printable.js';
import { encodeTextBody } from './text-body.js';

const decodeQuotedPrintable = (lines: string) =>
  Buffer.from(
    lines
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

describe('a text body', () => {
  it('is as it is when it is ASCII in short lines', () => {
    expect(encodeTextBody('Hello,\n.\n..dots\r\n\tend\r')).toEqual({
      transferEncoding: '7bit',
      lines: 'Hello,\r\n.\r\n..dots\r\n\tend\r\n',
    });
  });

  it.each([
    ['Latin letters', 'Ihre Rechnung für Köhler '.repeat(40), 'quoted-printable'],
    ['other letters', 'Привет, мир! '.repeat(40), 'base64'],
    ['a long line', 'x'.repeat(999), 'quoted-printable'],
    ['a line of 998', 'x'.repeat(998), 'quoted-printable'],
    ['a line of 997', 'x'.repeat(997), '7bit'],
    ['a space at a line end', 'a \nb', 'quoted-printable'],
    ['a line that mailbox files change', 'a\nFrom me', 'quoted-printable'],
    ['NUL', 'a\u0000b', 'quoted-printable'],
    ['nothing', '', '7bit'],
  ])('with %s is right for every server', (_, text, transferEncoding) => {
    const body = encodeTextBody(text);
    expect(body.transferEncoding).toBe(transferEncoding);
    expect(body.lines).toMatch(/^[\t\r\n\x20-\x7e]*$/);
    for (const line of body.lines.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
    const decoded =
      transferEncoding === 'base64'
        ? Buffer.from(body.lines, 'base64')
        : transferEncoding === 'quoted-printable'
          ? decodeQuotedPrintable(body.lines)
          : Buffer.from(body.lines);
    expect(decoded.toString()).toBe(text.replaceAll('\n', '\r\n'));
  });
});

describe('quoted-printable', () => {
  it('has lines of at most 76 and ends none with a space', () => {
    for (let length = 70; length < 80; length++) {
      for (const end of ['', ' ', '\t', 'ä', '=', '\r\n', ' \r\n', '\r', '\n']) {
        const text = `${'a'.repeat(length)}${end}`;
        const encoded = quotedPrintable(Buffer.from(text));
        for (const line of encoded.split('\r\n')) {
          expect(line.length).toBeLessThanOrEqual(76);
          expect(line).not.toMatch(/[ \t]$/);
        }
        expect(decodeQuotedPrintable(encoded).toString()).toBe(text);
      }
    }
  });

  it('has room for the worst of bytes', () => {
    const bytes = Buffer.alloc(10_000, 0xff);
    expect(decodeQuotedPrintable(quotedPrintable(bytes)).equals(bytes)).toBe(true);
  });
});

describe('base64', () => {
  it.each([0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 171, 500])('of %i bytes has lines of 76', (size) => {
    const bytes = Buffer.from(Array.from({ length: size }, (_, i) => i & 255));
    const lines = Buffer.concat([...base64Lines(bytes, 2)]).toString('latin1');
    expect(lines).toBe(
      bytes
        .toString('base64')
        .match(/.{1,76}/g)
        ?.join('\r\n') ?? '',
    );
  });
});

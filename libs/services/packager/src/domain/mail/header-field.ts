import { encodedWords } from './encoded-word.js';

/** Longest line that we make where there is a choice (RFC 5322 2.1.1). */
const lineMax = 76;
/** A longer run without a space could not be folded: it is encoded, which splits it. */
const longestWord = 200;

/**
 * One header field with its line end, folded at spaces. The value is already encoded: whatever is not printable
 * ASCII at this point, a line break above all, would be a way to forge a header, and is a bug. Only addresses may hold
 * bytes of UTF-8 (RFC 6532).
 */
export function headerField(name: string, value: string, mayHoldUtf8 = false): string {
  if (!(mayHoldUtf8 ? /^[\x20-\x7e\x80-\xff]*$/ : /^[\x20-\x7e]*$/).test(value))
    throw new Error(`The value of the header ${name} is not encoded.`);
  const line = `${name}: ${value}`;
  return line.length <= lineMax ? `${line}\r\n` : `${fold(line)}\r\n`;
}

/** Breaks before the last space that fits, never so that a line would be blank (RFC 5322 2.2.3). */
function fold(line: string): string {
  let out = '';
  let rest = line;
  while (rest.length > lineMax) {
    const at = breakPoint(rest);
    if (at < 0) break;
    out += `${rest.slice(0, at)}\r\n`;
    rest = rest.slice(at);
  }
  return out + rest;
}

function breakPoint(line: string): number {
  const first = line.search(/\S/);
  const isBreak = (at: number) =>
    at > first && line[at] === ' ' && line[at + 1] !== ' ' && at + 1 < line.length;
  for (let at = lineMax; at > 0; at--) if (isBreak(at)) return at;
  for (let at = lineMax + 1; at < line.length; at++) if (isBreak(at)) return at;
  return -1;
}

/** Text on one line: control characters and line breaks become a space. */
export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();

/** The value of an unstructured field such as Subject (RFC 5322 2.2.1), for {@link headerField}. */
export function unstructured(text: string): string {
  const line = oneLine(text);
  return mustBeEncoded(line) ? encodedWords(line) : line;
}

/** Not printable ASCII, or what a reader would decode though it was meant as it stands, or too long to be folded. */
export const mustBeEncoded = (line: string): boolean =>
  !/^[\x20-\x7e]*$/.test(line) || line.includes('=?') || (line.length > longestWord && /\S{200}/.test(line));

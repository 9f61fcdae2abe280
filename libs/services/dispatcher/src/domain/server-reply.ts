import type { ServerReply } from './conversation.js';

const longestText = 500;

/**
 * Reads a reply as it came, of one line or many (RFC 5321 4.2). Undefined when it is none: no code from 200 to 599
 * at its start. A hostile server may send anything, so control characters go and the length is limited.
 */
export function parseServerReply(raw: string): ServerReply | undefined {
  const code = /^([2-5]\d\d)(?:[ \-\r\n]|$)/.exec(raw)?.[1];
  if (code === undefined) return undefined;
  let enhancedCode: string | undefined;
  const lines = raw
    .slice(0, 20 * longestText)
    .split(/\r?\n/)
    .map((line) => {
      const [, , enhanced, text] = /^(\d{3})?[ -]?(?:([245]\.\d{1,3}\.\d{1,3})(?=\s|$))?(.*)$/s.exec(line)!;
      enhancedCode ??= enhanced;
      return text!.trim();
    });
  return {
    smtpCode: Number(code),
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
    text: lineOfText(lines.filter((line) => line !== '').join(' ')),
  };
}

/** Text of another party as one harmless line. */
export function lineOfText(text: string): string {
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return line.length > longestText ? `${line.slice(0, longestText - 1)}…` : line;
}

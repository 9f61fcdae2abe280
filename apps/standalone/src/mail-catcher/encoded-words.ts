const word = /=\?([\w.:+-]+)(?:\*[\w-]+)?\?([bq])\?([^?\s]*)\?=/gi;

function decodeBytes(charset: string, bytes: Buffer): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // A charset nobody knows: the letters of ASCII are still worth showing.
    return bytes.toString('latin1');
  }
}

function bytesOf(encoding: string, text: string): Buffer {
  if (encoding.toLowerCase() === 'b') return Buffer.from(text, 'base64');
  const unquoted = text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(unquoted, 'latin1');
}

/**
 * A header field's text with its encoded words (RFC 2047) made readable. Words that follow each other in one
 * charset are joined before they are decoded: senders cut long texts within a letter.
 */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text;
  let result = '';
  let end = 0;
  let pending: { charset: string; parts: Buffer[] } | undefined;
  const flush = () => {
    if (pending) result += decodeBytes(pending.charset, Buffer.concat(pending.parts));
    pending = undefined;
  };
  for (const match of text.matchAll(word)) {
    const [whole, charset = '', encoding = '', body = ''] = match;
    const between = text.slice(end, match.index);
    end = match.index + whole.length;
    const isAdjacent = pending !== undefined && /^\s*$/.test(between);
    if (!isAdjacent || pending?.charset !== charset.toLowerCase()) flush();
    if (!isAdjacent) result += between;
    pending ??= { charset: charset.toLowerCase(), parts: [] };
    pending.parts.push(bytesOf(encoding, body));
  }
  flush();
  return result + text.slice(end);
}

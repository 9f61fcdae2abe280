/** Longest encoded-word: RFC 2047 allows 75; less leaves room for the field's name on the first line. */
const wordMax = 64;
const overhead = '=?UTF-8?Q??='.length;

/**
 * The text as encoded-words (RFC 2047), separated by the space at which a field may be folded and which readers drop.
 * Each holds whole characters (section 5). Q when the text is mostly Latin letters, so that its source stays
 * readable, else B.
 */
export function encodedWords(text: string): string {
  const wellFormed = text.toWellFormed();
  const plain = wellFormed.match(/[A-Za-z0-9 ]/g)?.length ?? 0;
  return plain * 2 > wellFormed.length
    ? words(wellFormed, 'Q', qLength, q)
    : words(wellFormed, 'B', Buffer.byteLength, b);
}

function words(
  text: string,
  encoding: 'Q' | 'B',
  lengthOf: (character: string) => number,
  encode: (chunk: string) => string,
): string {
  const room = encoding === 'Q' ? wordMax - overhead : Math.floor((wordMax - overhead) / 4) * 3;
  const result: string[] = [];
  let chunk = '';
  let length = 0;
  for (const character of text) {
    const more = lengthOf(character);
    if (length + more > room) {
      result.push(`=?UTF-8?${encoding}?${encode(chunk)}?=`);
      chunk = '';
      length = 0;
    }
    chunk += character;
    length += more;
  }
  result.push(`=?UTF-8?${encoding}?${encode(chunk)}?=`);
  return result.join(' ');
}

/** The characters that mean themselves in a phrase too, the strictest place (RFC 2047 section 5, rule 3). */
const literal = /^[A-Za-z0-9!*+/-]$/;

const qLength = (character: string) =>
  literal.test(character) || character === ' ' ? 1 : 3 * Buffer.byteLength(character);

function q(chunk: string): string {
  let out = '';
  for (const byte of Buffer.from(chunk)) {
    const character = String.fromCharCode(byte);
    if (character === ' ') out += '_';
    else if (literal.test(character)) out += character;
    else out += `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

const b = (chunk: string) => Buffer.from(chunk).toString('base64');

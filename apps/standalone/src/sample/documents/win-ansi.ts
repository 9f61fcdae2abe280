/** Letters of Windows-1252 beyond Latin-1 (https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT). */
const beyondLatin1 = '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ';

/** Letters that do not come apart into a base and a mark. */
const plainLetters: Readonly<Record<string, string>> = {
  Ł: 'L',
  ł: 'l',
  Đ: 'D',
  đ: 'd',
  Ħ: 'H',
  ħ: 'h',
  ı: 'i',
  Ŋ: 'N',
  ŋ: 'n',
  '\u2009': '\u00a0',
  '\u202f': '\u00a0',
  '\u2011': '-',
  '\u2212': '-',
};

const isWinAnsi = (letter: string) => /^[\x20-\x7e\xa0-\xff]$/.test(letter) || beyondLatin1.includes(letter);

/**
 * The text with letters only that the standard fonts of PDF have (WinAnsiEncoding, ISO 32000-1 annex D): others
 * lose their marks (`ż` → `z`), or become a question mark.
 */
export function toWinAnsi(text: string): string {
  let result = '';
  for (const letter of text.normalize('NFC')) {
    if (isWinAnsi(letter)) result += letter;
    else result += plainLetters[letter] ?? withoutMarks(letter);
  }
  return result;
}

function withoutMarks(letter: string): string {
  const base = letter.normalize('NFKD').replace(/\p{M}/gu, '');
  return [...base].map((part) => (isWinAnsi(part) ? part : (plainLetters[part] ?? '?'))).join('');
}

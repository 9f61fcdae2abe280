/**
 * In a one-line template what follows `@(…)` is text: `Invoice-@(invoice.number).pdf` ends in ".pdf", as in Razor.
 * vash would read on (`(invoice.number).pdf`), so an empty comment is put between.
 */
export function endExplicitExpressions(source: string): string {
  let result = '';
  let index = 0;
  while (index < source.length) {
    if (source.startsWith('@@', index)) {
      result += '@@';
      index += 2;
    } else if (source.startsWith('@(', index)) {
      const end = endOfParentheses(source, index + 1);
      result += source.slice(index, end);
      if (/^\.[\p{L}_$]/u.test(source.slice(end, end + 3))) result += '@**@';
      index = end;
    } else {
      result += source[index];
      index += 1;
    }
  }
  return result;
}

/** Index after the parenthesis that closes the one at `start`, or the end when none does. */
function endOfParentheses(source: string, start: number): number {
  let depth = 0;
  let quote = '';
  for (let index = start; index < source.length; index++) {
    const character = source[index] as string;
    if (quote !== '') {
      if (character === '\\') index += 1;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'" || character === '`') quote = character;
    else if (character === '(') depth += 1;
    else if (character === ')' && --depth === 0) return index + 1;
  }
  return source.length;
}

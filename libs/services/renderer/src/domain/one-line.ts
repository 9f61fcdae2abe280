/**
 * One line of plain text for a header or a file name: line breaks and tabs become a space, all other control
 * characters (also Unicode's line separators and bidirectional overrides, which disguise a name) are removed.
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')

    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .replace(/ {2,}/g, ' ')
    .trim()
    .toWellFormed();
}

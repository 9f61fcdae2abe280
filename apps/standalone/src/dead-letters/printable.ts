/** What a terminal acts upon, or reorders, instead of showing it: controls, directions, line separators. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const escaped = (character: string) => `\\u{${character.codePointAt(0)!.toString(16)}}`;

/** Foreign text on one line of a terminal: nothing in it moves the cursor, hides or turns round other text. */
export const printable = (text: string): string => text.replace(unseen, escaped);

/** The same for JSON, which stays what it is: the characters inside of its strings are escaped as JSON does it. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value).replace(unseen, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );

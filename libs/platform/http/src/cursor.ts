import { Refusal } from '@mailrun/platform-errors';

/** Where a page ended, as an opaque text for `next` and `cursor`. */
export function encodeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * The position that {@link encodeCursor} made, undefined for the first page.
 * @throws Refusal `cursor.invalid`
 */
export function decodeCursor(cursor: string | undefined, length: number): (string | number)[] | undefined {
  if (cursor === undefined) return undefined;
  try {
    const position = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
    const isPosition =
      Array.isArray(position) &&
      position.length === length &&
      position.every((part) => typeof part === 'string' || typeof part === 'number');
    if (isPosition) return position as (string | number)[];
  } catch {
    // Falls through to the refusal: whoever made this text, it was not us.
  }
  throw new Refusal(
    'malformed',
    'cursor.invalid',
    'Give the cursor exactly as the last page named it in `next`.',
  );
}

/**
 * A page of rows that were read with one row more than the limit.
 * @param positionOf where the page ends when `row` is its last
 */
export function pageOfRows<Row, Item>(
  rows: readonly Row[],
  limit: number,
  positionOf: (row: Row) => readonly (string | number)[],
  toItem: (row: Row) => Item,
): { items: Item[]; next?: string } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items: page.map(toItem), ...(hasMore && { next: encodeCursor(positionOf(last)) }) };
}

import { decodeCursor, pageOfRows } from '@mailrun/platform-http';

/** The code where the last page ended; undefined for the first page. */
export function afterCode(cursor: string | undefined): string | undefined {
  const position = decodeCursor(cursor, 1);
  return position && String(position[0]);
}

/** A page of rows that were read by code, with one more than the limit when there are more. */
export const pageByCode = <Row extends { readonly code: string }>(rows: readonly Row[], limit: number) =>
  pageOfRows(
    rows,
    limit,
    ({ code }) => [code],
    (row) => row,
  );

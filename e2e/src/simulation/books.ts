import type { System } from './system.js';

/** What ids and tokens that are made by chance hide. */
const tables = [
  'runs',
  'messages',
  'watches',
  'gates',
  'feeds',
  'rounds',
  'copies',
  'claims',
  'counters',
] as const;

/** All that was written down, with every time, as a text that can be compared. */
export function booksOf({ ledger, tables: rows }: System): string {
  const mails = [...ledger.rows].map(([key, { token: _, sealed: __, history, ...row }]) => [
    key,
    { ...row, states: history.map(({ state }) => state) },
  ]);
  return JSON.stringify([mails, ...tables.map((name) => [...rows.table(name)])]);
}

import type { DrillResult } from '../drill.js';

const columns: readonly (readonly [string, (result: DrillResult) => string | number])[] = [
  ['drill', ({ drill }) => drill],
  ['faults', ({ faults }) => sumOf(faults)],
  ['messages', ({ messages }) => messages],
  ['lost', ({ lost }) => lost],
  ['unexplained', ({ unexplained }) => unexplained],
  ['uncertain', ({ uncertain }) => uncertain],
  ['bound', ({ uncertainBound }) => uncertainBound],
  ['s to final', ({ secondsUntilFinal }) => secondsUntilFinal.toFixed(1)],
  ['s in all', ({ seconds }) => seconds.toFixed(1)],
  ['', ({ failures }) => (failures.length === 0 ? 'held' : 'FAILED')],
];

/** Lines of a table in Markdown, numbers to the right. */
export function linesOf(titles: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = titles.map((title, index) =>
    Math.max(title.length, 3, ...rows.map((row) => String(row[index]).length)),
  );
  const line = (cells: readonly (string | number)[], isHead = false) =>
    `| ${cells
      .map((cell, index) => {
        const isText = typeof rows[0]?.[index] === 'string' && !/^[\d.]+$/.test(String(rows[0][index]));
        return isText || isHead ? String(cell).padEnd(widths[index]!) : String(cell).padStart(widths[index]!);
      })
      .join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(titles, true), rule, ...rows.map((row) => line(row))].join('\n');
}

export const tableOf = (results: readonly DrillResult[]): string =>
  linesOf(
    columns.map(([title]) => title),
    results.map((result) => columns.map(([, value]) => value(result))),
  );

/** The last line of a run, for scripts. */
export const summaryOf = (results: readonly DrillResult[]) => ({
  drills: results.length,
  faults: results.reduce((sum, { faults }) => sum + sumOf(faults), 0),
  messages: results.reduce((sum, { messages }) => sum + messages, 0),
  lost: results.reduce((sum, { lost }) => sum + lost, 0),
  unexplained: results.reduce((sum, { unexplained }) => sum + unexplained, 0),
  uncertain: results.reduce((sum, { uncertain }) => sum + uncertain, 0),
});

export const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

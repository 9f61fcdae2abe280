import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import type { Comparison } from './benchmark.js';

const folder = resolve(import.meta.dirname, '../../results');

/** One line of `results/<benchmark>.json`. */
export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly baseline: number;
  readonly measured: number;
  /** measured / baseline. */
  readonly ratio: number;
  /** Of the ratio; null where nobody set one. */
  readonly target: number | null;
  readonly met: boolean | null;
  readonly machine: string;
  readonly at: string;
  readonly better: 'more' | 'less';
  readonly details: Readonly<Record<string, number>>;
}

export const machine = (): string =>
  `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
  `${process.platform} ${process.arch}, Node.js ${process.versions.node}`;

export function resultOf(comparison: Comparison, at: Date): Result {
  const { name, unit, baseline, measured, better, target, details = {} } = comparison;
  const ratio = measured / baseline;
  const isMet = target === undefined ? null : better === 'more' ? ratio >= target : ratio <= target;
  return {
    name,
    unit,
    baseline: rounded(baseline),
    measured: rounded(measured),
    ratio: rounded(ratio),
    target: target ?? null,
    met: isMet,
    machine: machine(),
    at: at.toISOString(),
    better,
    details: Object.fromEntries(Object.entries(details).map(([key, value]) => [key, rounded(value)])),
  };
}

/** A single result is written by itself, several as a list. */
export async function writeResults(benchmark: string, results: readonly Result[]): Promise<string> {
  const file = join(folder, `${benchmark}.json`);
  await mkdir(folder, { recursive: true });
  const content = results.length === 1 ? results[0] : results;
  await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`);
  return file;
}

/** The results as a table for people. */
export function table(results: readonly Result[]): string {
  const header = ['benchmark', 'unit', 'baseline', 'Mailrun', 'ratio', 'target', 'met'];
  const rows = results.map(({ name, unit, baseline, measured, ratio, target, met, better }) => [
    name,
    unit,
    String(baseline),
    String(measured),
    `${ratio} ×`,
    target === null ? '' : `${better === 'more' ? '≥' : '≤'} ${target} ×`,
    met === null ? '' : met ? 'yes' : 'NO',
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** What explains the results. */
export function detailLines(results: readonly Result[]): string {
  return results
    .filter(({ details }) => Object.keys(details).length > 0)
    .map(({ name, details }) =>
      [name, ...Object.entries(details).map(([key, value]) => `  ${key}: ${value}`)].join('\n'),
    )
    .join('\n');
}

/** Four digits that mean something. */
const rounded = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(4)) : value);

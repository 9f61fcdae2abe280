import type { ImportCounts, ImportRefusal } from '../ports/import-store.port.js';
import type { LineResult } from './line-import.js';
import { storable } from './parse-line.js';

/** Refusals that one import keeps; the count goes on. */
const maxKept = 10_000;

/** Counts the results of an import, and picks the refusals that are kept. */
export class RefusalTally {
  private kept = 0;

  count(results: readonly LineResult[]): { counts: ImportCounts; refusals: ImportRefusal[] } {
    const counts = { created: 0, updated: 0, unchanged: 0, refused: 0 };
    const refusals: ImportRefusal[] = [];
    for (const { line, outcome, faults } of results) {
      counts[outcome] += 1;
      for (const [position, fault] of faults.entries()) {
        if (this.kept >= maxKept) break;
        this.kept += 1;
        refusals.push({ line, position, ...storable(fault) });
      }
    }
    return { counts, refusals };
  }
}

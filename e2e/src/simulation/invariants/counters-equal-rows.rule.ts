import { countersAndRows } from '@mailrun/service-runs/in-memory';
import { Rule } from './rule.js';

/** The counters of a run are what its rows say, after every commit. */
export class CountersEqualRows extends Rule {
  override committed(): void {
    for (const { preparationId } of this.scene.tables.table('runs').values()) {
      const { counters, rows } = countersAndRows(this.scene.tables, preparationId!);
      const keys = new Set([...Object.keys(counters), ...Object.keys(rows)]);
      for (const key of keys) {
        if (counters[key] !== rows[key]) {
          this.broken(`${counters[key] ?? 0} are counted as ${key}, and there are ${rows[key] ?? 0}.`);
        }
      }
    }
  }
}

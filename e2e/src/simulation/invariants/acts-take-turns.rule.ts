import type { RunRows } from '@mailrun/service-runs/in-memory';
import { Rule, type RunRow } from './rule.js';

/** Of two people who do the same at the same time, one is told that it was done: whoever is told so did it. */
export class ActsTakeTurns extends Rule {
  /** By act and run: how often it was done, and nobody was told so. */
  private readonly untold = new Map<string, number>();

  override runChanged(before: RunRow | undefined, { id, state, why }: RunRow): void {
    if (before === undefined || before.state === state) return;
    if (state === 'stopped' && why === 'stopping') this.did('stop', id);
    if (state === 'paused' && why === 'by-operator') this.did('pause', id);
    if (state === 'running' && before.state === 'paused') this.did('resume', id);
    if (state === 'running' && before.state === 'prepared') this.did('start', id);
  }

  override roundBegun({ kind, runId }: RunRows['rounds']): void {
    this.did(kind, runId);
  }

  override actDone(act: string, runId: string): void {
    const key = `${act} ${runId}`;
    const untold = this.untold.get(key) ?? 0;
    if (untold === 0) this.broken(`Someone was told that ${act} was done with ${runId}, and it was not.`);
    this.untold.set(key, untold - 1);
  }

  private did(act: string, runId: string): void {
    const key = `${act} ${runId}`;
    this.untold.set(key, (this.untold.get(key) ?? 0) + 1);
  }
}

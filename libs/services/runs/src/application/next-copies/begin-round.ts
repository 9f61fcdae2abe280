import { Injectable } from '@nestjs/common';
import type { Transaction } from '@mailrun/platform-persistence';
import { otherMode, stillStopping } from '../../domain/runs/run-refusals.js';
import type { Run } from '../../domain/runs/run.js';
import type { Mode } from '@mailrun/contracts';
import { RoundStore, type NewRound } from '../ports/round-store.port.js';
import { RunStore } from '../ports/run-store.port.js';
import { WorkIndex } from '../ports/work-index.port.js';

/**
 * Begins a round: the run is running again. Of a paused one only what is in the round is sent; all that waited before
 * goes on waiting, and the run pauses itself when the round was tried.
 */
@Injectable()
export class BeginRound {
  constructor(
    private readonly runs: RunStore,
    private readonly rounds: RoundStore,
    private readonly work: WorkIndex,
  ) {}

  /** @throws Refusal when the run's state or mode do not allow it */
  check({ state, endedAt, mode }: Run, tenantMode: Mode): void {
    if (state === 'stopped' && endedAt === null) throw stillStopping();
    if (mode !== tenantMode) throw otherMode(mode ?? 'none', tenantMode);
  }

  /** In the transaction of an act, which has locked the run. @returns the round's number */
  async begin(tx: Transaction, run: Run, round: NewRound): Promise<number> {
    const { id: runId, tenantId } = run;
    const number = await this.rounds.begin(tx, run, round);
    await this.runs.change(tx, runId, { state: 'running', why: null, resumedAt: 'now', endedAt: null });
    if (run.state === 'paused') await this.runs.holdRest(tx, run, number);
    await this.work.add(tx, 'run', { runId, tenantId });
    return number;
  }
}

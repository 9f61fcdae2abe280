import { Injectable } from '@nestjs/common';
import { stopMessageRun } from '@mailrun/contracts';
import type { ActContext, Answer } from '@mailrun/platform-persistence';
import { mayStop } from '../../domain/runs/run-conditions.js';
import { RunStore } from '../ports/run-store.port.js';
import { RunActs } from '../run-acts.js';

/** Stops a run: nothing more is fed once this commits, and nothing more leaves once the dispatcher knows. */
@Injectable()
export class StopRun {
  constructor(
    private readonly acts: RunActs,
    private readonly runs: RunStore,
  ) {}

  stop(context: ActContext, runId: string, note: string | undefined): Promise<Answer> {
    const act = { route: stopMessageRun.id, runId, request: { note }, done: 'stopped', allowed: mayStop };
    return this.acts.perform(context, { ...act, wakes: ['stop'] }, async (tx, run) => {
      const after = { state: 'stopped', why: 'stopping' } as const;
      await this.runs.change(tx, runId, after);
      await this.runs.stopRounds(tx, run);
      return { after };
    });
  }
}

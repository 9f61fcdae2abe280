import { Injectable } from '@nestjs/common';
import { pauseMessageRun } from '@mailrun/contracts';
import type { ActContext, Answer } from '@mailrun/platform-persistence';
import { mayPause } from '../../domain/runs/run-conditions.js';
import { RunStore } from '../ports/run-store.port.js';
import { RunActs } from '../run-acts.js';

/** Pauses a run: nothing more is fed once this commits, and nothing more leaves once the dispatcher knows. */
@Injectable()
export class PauseRun {
  constructor(
    private readonly acts: RunActs,
    private readonly runs: RunStore,
  ) {}

  pause(context: ActContext, runId: string, note: string | undefined): Promise<Answer> {
    const act = { route: pauseMessageRun.id, runId, request: { note }, done: 'paused', allowed: mayPause };
    return this.acts.perform(context, { ...act, wakes: [] }, async (tx, run) => {
      const after = { state: 'paused', why: 'by-operator' } as const;
      await this.runs.change(tx, runId, after);
      await this.runs.changeRounds(tx, run, 'paused');
      return { after };
    });
  }
}

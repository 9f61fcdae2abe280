import { Injectable } from '@nestjs/common';
import { stopMessageRun } from '@mailrun/contracts';
import {
  Database,
  performAct,
  recordAudit,
  type ActContext,
  type Answer,
} from '@mailrun/platform-persistence';
import { mayStop } from '../../domain/runs/run-conditions.js';
import { notInState, runNotFound } from '../../domain/runs/run-refusals.js';
import { RunReads } from '../ports/run-reads.port.js';
import { RunStore } from '../ports/run-store.port.js';
import { WorkIndex } from '../ports/work-index.port.js';
import { TellGates } from '../tell-gates/tell-gates.use-case.js';
import { WorkSignals } from '../work-signals.js';

/** Stops a run: nothing more is fed once this commits, and nothing more leaves once the dispatcher knows. */
@Injectable()
export class StopRun {
  constructor(
    private readonly database: Database,
    private readonly runs: RunStore,
    private readonly reads: RunReads,
    private readonly work: WorkIndex,
    private readonly gates: TellGates,
    private readonly signals: WorkSignals,
  ) {}

  async stop(context: ActContext, id: string, note: string | undefined): Promise<Answer> {
    const { tenantId } = context;
    const answer = await performAct(this.database, context, stopMessageRun.id, { id, note }, async (tx) => {
      const run = await this.runs.lock(tx, id);
      if (run === undefined) throw runNotFound();
      if (!mayStop.includes(run.state)) throw notInState('stopped', run.state, mayStop);
      await this.runs.change(tx, id, { state: 'stopped', why: 'stopping' });
      await this.runs.stopRounds(tx, run);
      await this.work.add(tx, 'gate', { runId: id, tenantId });
      await this.work.add(tx, 'event', { runId: id, tenantId });
      await recordAudit(tx, context, {
        action: 'message-run.stopped',
        subject: `message-run/${id}`,
        before: { state: run.state },
        after: { note: note ?? null },
      });
      return { status: 202, body: await this.reads.view(tx, id) };
    });
    // Over HTTP and at once: the broker may be down, and its queues long.
    this.gates.tellSoon();
    for (const work of ['stop', 'event'] as const) this.signals.raise(work);
    return answer;
  }
}

import { Injectable } from '@nestjs/common';
import type { RunState } from '@mailrun/contracts';
import {
  Database,
  performAct,
  recordAudit,
  type ActContext,
  type Answer,
  type Transaction,
} from '@mailrun/platform-persistence';
import { notInState, runNotFound } from '../domain/runs/run-refusals.js';
import type { Run } from '../domain/runs/run.js';
import { RunReads } from './ports/run-reads.port.js';
import { RunStore } from './ports/run-store.port.js';
import { WorkIndex } from './ports/work-index.port.js';
import { WorkSignals, type Work } from './work-signals.js';

export interface RunAct {
  /** Operation id of the call. */
  readonly route: string;
  readonly runId: string;
  /** What was asked, for the idempotency key. */
  readonly request: object;
  /** For the audit log and for people: `paused`, `resumed`, … */
  readonly done: string;
  readonly allowed: readonly RunState[];
  /** Who shall look at the run at once, once it commits. */
  readonly wakes: readonly Work[];
}

export interface ActResult {
  /** For the audit log. */
  readonly after: object;
  /** Beside the run, in the answer. */
  readonly answer?: object;
}

/**
 * An act on a run: one transaction that locks it, so that of two at once the second reads what the first made, and is
 * refused with that state when it does not allow the act any more.
 */
@Injectable()
export class RunActs {
  constructor(
    private readonly database: Database,
    private readonly runs: RunStore,
    private readonly reads: RunReads,
    private readonly work: WorkIndex,
    private readonly signals: WorkSignals,
  ) {}

  async perform(
    context: ActContext,
    { route, runId, request, done, allowed, wakes }: RunAct,
    work: (tx: Transaction, run: Run) => Promise<ActResult>,
  ): Promise<Answer> {
    const { tenantId } = context;
    const answer = await performAct(this.database, context, route, { id: runId, ...request }, async (tx) => {
      const run = await this.runs.lock(tx, runId);
      if (run === undefined) throw runNotFound();
      if (!allowed.includes(run.state)) throw notInState(done, run.state, allowed);
      const { after, answer } = await work(tx, run);
      for (const kind of ['gate', 'event'] as const) await this.work.add(tx, kind, { runId, tenantId });
      await recordAudit(tx, context, {
        action: `message-run.${done}`,
        subject: `message-run/${runId}`,
        before: { state: run.state, why: run.why },
        after: { ...request, ...after },
      });
      const view = await this.reads.view(tx, runId);
      return { status: 202, body: answer === undefined ? view : { ...answer, run: view } };
    });
    for (const work of new Set<Work>(['gate', 'event', ...wakes])) this.signals.raise(work);
    return answer;
  }
}

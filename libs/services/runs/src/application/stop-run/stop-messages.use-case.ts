import { Injectable } from '@nestjs/common';
import type { MessageOutcome } from '@mailrun/contracts';
import { ApplyOutcomes } from '../apply-outcomes/apply-outcomes.use-case.js';
import { Dispatcher } from '../ports/dispatcher.port.js';
import { WatchStore, type UnacceptedCopies } from '../ports/watch-store.port.js';
import { WorkIndex } from '../ports/work-index.port.js';
import { RunStore } from '../ports/run-store.port.js';
import { SettleRuns } from '../settle-runs/settle-runs.use-case.js';
import { Database } from '@mailrun/platform-persistence';

/** Rows that one transaction marks. */
const mostPending = 20_000;
/** Copies of one question. */
const mostCopies = 1000;

/**
 * Ends the messages of stopped runs. Those that were never fed are runs' own to mark; those that were fed and not
 * accepted are named to the dispatcher, which enters them as stopped unless it has them by now: so a record that is
 * still on its way finds the door closed. What it has accepted, it stops by the gate. What may have left before the database
 * was restored from a backup is not stopped but uncertain.
 */
@Injectable()
export class StopMessages {
  constructor(
    private readonly database: Database,
    private readonly work: WorkIndex,
    private readonly runs: RunStore,
    private readonly watches: WatchStore,
    private readonly dispatcher: Dispatcher,
    private readonly outcomes: ApplyOutcomes,
    private readonly settling: SettleRuns,
  ) {}

  async stopAll(): Promise<void> {
    for (const { runId, tenantId } of await this.work.list('run')) {
      const run = await this.database.inTenant(tenantId, (tx) => this.runs.find(tx, runId));
      if (run?.state === 'stopped' && run.endedAt === null) await this.stop({ runId, tenantId });
    }
  }

  private async stop(run: { readonly runId: string; readonly tenantId: string }): Promise<void> {
    while ((await this.watches.stopPending(run, mostPending)) === mostPending);
    let after: string | undefined;
    for (;;) {
      const named = await this.watches.unaccepted(run, after, mostCopies);
      if (named === undefined) break;
      const { tenantId, copies } = named;
      const outcomes = await this.name(named);
      await this.outcomes.applyOf(tenantId, outcomes);
      after = copies.at(-1)?.messageId;
    }
    this.settling.settleSoon([run]);
  }

  private name({ tenantId, copies, restored, ...run }: UnacceptedCopies): Promise<MessageOutcome[]> {
    return restored !== null && run.round <= restored.round
      ? this.dispatcher.restoreCopies(tenantId, { ...run, restoredTo: restored.to }, copies)
      : this.dispatcher.stopCopies(tenantId, run, copies);
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '@mailrun/platform-persistence';
import { isOpen } from '../../domain/runs/message-state.js';
import type { WaitingCounts } from '../../domain/runs/waits-for.js';
import { RunReads } from '../ports/run-reads.port.js';
import { RunStore } from '../ports/run-store.port.js';
import { WorkIndex } from '../ports/work-index.port.js';
import { WorkSignals } from '../work-signals.js';

/**
 * Lets a completed run be running again when a mail that it held turns out to be under way: the process that was taken
 * for dead was alive, and the mail server asked it to come again.
 */
@Injectable()
export class ReopenRuns {
  constructor(
    private readonly database: Database,
    private readonly work: WorkIndex,
    private readonly reads: RunReads,
    private readonly runs: RunStore,
    private readonly signals: WorkSignals,
  ) {}

  async reopenAll(): Promise<void> {
    const held = await this.work.list('held');
    for (const found of await this.reads.waiting(held)) {
      const item = held.find(({ runId }) => runId === found.runId);
      if (item !== undefined && isUnderWay(found)) await this.reopen(item);
    }
  }

  private async reopen(item: { readonly runId: string; readonly tenantId: string }): Promise<void> {
    const { runId, tenantId } = item;
    await this.database.inTenant(tenantId, async (tx) => {
      const run = await this.runs.lock(tx, runId);
      if (run?.state !== 'completed') return;
      await this.runs.change(tx, runId, { state: 'running', why: null, endedAt: null });
      for (const kind of ['run', 'event'] as const) await this.work.add(tx, kind, { runId, tenantId });
    });
    for (const work of ['settle', 'event'] as const) this.signals.raise(work);
  }
}

const isUnderWay = ({ state, messages }: WaitingCounts): boolean =>
  state === 'completed' &&
  Object.entries(messages).some(([message, count]) => count > 0 && isOpen(message as keyof typeof messages));

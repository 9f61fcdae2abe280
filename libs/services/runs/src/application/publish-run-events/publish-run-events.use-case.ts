import { Injectable } from '@nestjs/common';
import { runEvent, type MessageRun, type RunEvent } from '@mailrun/contracts';
import { MessageBus, outgoing } from '@mailrun/platform-messaging';
import { Database } from '@mailrun/platform-persistence';
import { RunReads } from '../ports/run-reads.port.js';
import { WorkIndex } from '../ports/work-index.port.js';

/**
 * Publishes what other systems may know of a run: its state, with its counters as they are now. The note that a run
 * changed is committed with the change, so no event is lost; several changes in a row may become one event.
 */
@Injectable()
export class PublishRunEvents {
  constructor(
    private readonly database: Database,
    private readonly work: WorkIndex,
    private readonly reads: RunReads,
    private readonly bus: MessageBus,
  ) {}

  async publish(): Promise<void> {
    for (const item of await this.work.list('event')) {
      const { runId, tenantId } = item;
      const run = await this.database.inTenant(tenantId, (tx) => this.reads.view(tx, runId));
      if (run !== undefined) {
        const headers = { tenantId, runId, mode: run.mode ?? ('test' as const) };
        await this.bus.publish([outgoing(runEvent, headers, eventOf(run))]);
      }
      await this.work.done('event', item);
    }
  }
}

function eventOf(run: MessageRun): RunEvent {
  return {
    runId: run.id,
    type: run.state === 'completed' ? 'run.completed' : 'run.state-changed',
    state: run.state,
    ...(run.why !== null && { why: run.why }),
    at: new Date().toISOString(),
    messages: byStatus(run.messages),
    invoices: byStatus(run.invoices),
  };
}

function byStatus(counts: MessageRun['messages']): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { status, count } of counts) sums[status] = (sums[status] ?? 0) + count;
  return sums;
}

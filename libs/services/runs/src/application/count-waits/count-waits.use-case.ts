import { Injectable } from '@nestjs/common';
import type { Wait } from '@mailrun/contracts';
import { isFinal } from '../../domain/runs/message-state.js';
import { countWaits, isForServer, type WaitingCounts } from '../../domain/runs/waits-for.js';
import { EngineObserver } from '../ports/engine-observer.port.js';
import { RunReads } from '../ports/run-reads.port.js';
import { ServerPauses } from '../ports/server-pauses.port.js';
import { WorkIndex } from '../ports/work-index.port.js';

type Kind = Wait['for'];
type TenantRun = Awaited<ReturnType<WorkIndex['list']>>[number];

/** Counts, over all runs, how many messages wait for what: nothing waits without showing. */
@Injectable()
export class CountWaits {
  constructor(
    private readonly work: WorkIndex,
    private readonly reads: RunReads,
    private readonly pauses: ServerPauses,
    private readonly observer: EngineObserver,
  ) {}

  async count(): Promise<void> {
    const held = await this.work.list('held');
    const runs = new Map([...held, ...(await this.work.list('run'))].map((run) => [run.runId, run]));
    const counts = new Map<string, ReadonlyMap<Kind, number>>();
    const forServer: TenantRun[] = [];
    for (const run of await this.reads.waiting([...runs.values()])) {
      const item = held.find(({ runId }) => runId === run.runId);
      if (item !== undefined && !hasNews(run)) await this.work.done('held', item);
      const waits = countWaits(run);
      counts.set(run.runId, waits);
      if ([...waits.keys()].some(isForServer)) forServer.push(runs.get(run.runId)!);
    }
    const paused = await this.waitingForPausedServers(forServer);
    const sums = new Map<Kind, number>();
    for (const [runId, waits] of counts) {
      for (const [kind, messages] of waits) {
        const really = paused.has(runId) && isForServer(kind) ? 'server-resume' : kind;
        sums.set(really, (sums.get(really) ?? 0) + messages);
      }
    }
    this.observer.waiting(sums);
  }

  private async waitingForPausedServers(runs: readonly TenantRun[]): Promise<ReadonlySet<string>> {
    const paused = new Set<string>();
    for (const [tenantId, of] of Map.groupBy(runs, (run) => run.tenantId)) {
      const serverKeys = await this.pauses.of(
        tenantId,
        of.map(({ runId }) => runId),
      );
      for (const runId of serverKeys.keys()) paused.add(runId);
    }
    return paused;
  }
}

/** Whether something is held, or turned out to be under way and lets the run be running again. */
const hasNews = ({ messages }: WaitingCounts): boolean =>
  Object.entries(messages).some(([state, count]) => count > 0 && !isFinal(state as keyof typeof messages));

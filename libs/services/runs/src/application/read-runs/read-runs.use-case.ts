import { Injectable } from '@nestjs/common';
import type { DryRun, MessageRun } from '@mailrun/contracts';
import { Database } from '@mailrun/platform-persistence';
import { notPrepared, runNotFound } from '../../domain/runs/run-refusals.js';
import { isForServer, waitsWhilePaused } from '../../domain/runs/waits-for.js';
import { RunReads, type RunFilter } from '../ports/run-reads.port.js';
import { ServerPauses } from '../ports/server-pauses.port.js';

/** Runs as people see them. */
@Injectable()
export class ReadRuns {
  constructor(
    private readonly database: Database,
    private readonly reads: RunReads,
    private readonly pauses: ServerPauses,
  ) {}

  async get(tenantId: string, id: string): Promise<MessageRun> {
    const run = await this.database.inTenant(tenantId, (tx) => this.reads.view(tx, id));
    if (run === undefined) throw runNotFound();
    const [told] = await this.withPausedServers(tenantId, [run]);
    return told!;
  }

  async list(
    tenantId: string,
    filter: RunFilter,
    after: string | undefined,
    limit: number,
  ): Promise<MessageRun[]> {
    return this.withPausedServers(tenantId, await this.reads.list(tenantId, filter, after, limit));
  }

  async dryRun(tenantId: string, id: string): Promise<DryRun> {
    const run = await this.database.inTenant(tenantId, (tx) => this.reads.view(tx, id));
    if (run === undefined) throw runNotFound();
    const dryRun = await this.reads.dryRun(tenantId, run.id);
    if (dryRun === undefined) throw notPrepared();
    return dryRun;
  }

  private async withPausedServers(tenantId: string, runs: readonly MessageRun[]): Promise<MessageRun[]> {
    const waiting = runs.filter(({ waitsFor }) => waitsFor.some((wait) => isForServer(wait.for)));
    const serverKeys = await this.pauses.of(
      tenantId,
      waiting.map(({ id }) => id),
    );
    return runs.map((run) => {
      const serverKey = serverKeys.get(run.id);
      return serverKey === undefined ? run : { ...run, waitsFor: waitsWhilePaused(run.waitsFor, serverKey) };
    });
  }
}

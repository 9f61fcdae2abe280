import { Injectable } from '@nestjs/common';
import type { DryRun, MessageRun } from '@mailrun/contracts';
import { Database } from '@mailrun/platform-persistence';
import { notPrepared, runNotFound } from '../../domain/runs/run-refusals.js';
import { RunReads, type RunFilter } from '../ports/run-reads.port.js';

/** Runs as people see them. */
@Injectable()
export class ReadRuns {
  constructor(
    private readonly database: Database,
    private readonly reads: RunReads,
  ) {}

  async get(tenantId: string, id: string): Promise<MessageRun> {
    const run = await this.database.inTenant(tenantId, (tx) => this.reads.view(tx, id));
    if (run === undefined) throw runNotFound();
    return run;
  }

  list(tenantId: string, filter: RunFilter, after: string | undefined, limit: number): Promise<MessageRun[]> {
    return this.reads.list(tenantId, filter, after, limit);
  }

  async dryRun(tenantId: string, id: string): Promise<DryRun> {
    const run = await this.get(tenantId, id);
    const dryRun = await this.reads.dryRun(tenantId, run.id);
    if (dryRun === undefined) throw notPrepared();
    return dryRun;
  }
}

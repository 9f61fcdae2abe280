import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import { WorkIndex, type WorkItem, type WorkKind } from '../../application/ports/work-index.port.js';

@Injectable()
export class PostgresWorkIndex extends WorkIndex {
  constructor(private readonly database: Database) {
    super();
  }

  override async list(kind: WorkKind): Promise<WorkItem[]> {
    return this.database.once<WorkItem>(
      [],
      'runs-work',
      'select run_id as "runId", tenant_id as "tenantId", token from tenants_with_work where kind = $1 order by run_id',
      [kind],
    );
  }

  override async add(
    tx: Transaction,
    kind: WorkKind,
    { runId, tenantId }: Pick<WorkItem, 'runId' | 'tenantId'>,
  ): Promise<void> {
    await tx.execute(
      `insert into tenants_with_work (run_id, tenant_id, kind) values ($1, $2, $3)
       on conflict (run_id, kind) do update set token = gen_random_uuid()`,
      [runId, tenantId, kind],
    );
  }

  override async remove(tx: Transaction, kind: WorkKind, runId: string): Promise<void> {
    await tx.execute('delete from tenants_with_work where run_id = $1 and kind = $2', [runId, kind]);
  }

  override async done(kind: WorkKind, { runId, token }: WorkItem): Promise<void> {
    await this.database.withoutTenant((tx) =>
      tx.execute('delete from tenants_with_work where run_id = $1 and kind = $2 and token = $3', [
        runId,
        kind,
        token,
      ]),
    );
  }
}

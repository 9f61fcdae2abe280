import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import { SettleStore, type OpenRun } from '../../application/ports/settle-store.port.js';

const openRuns = `select r.id as "runId", r.tenant_id as "tenantId", r.state,
    r.in_doubt_policy as "inDoubtPolicy", r.first_pass_done_at is not null as "isFirstPassDone",
    (select coalesce(json_object_agg(status, count), '{}') from (
      select status, sum(count)::int as count from run_counters c
      where c.preparation_id = r.preparation_id and c.unit = 'messages' group by status) c) as messages
  from message_runs r
  where r.id = any($1::uuid[]) and r.state in ('running', 'stopped') and r.ended_at is null`;

@Injectable()
export class PostgresSettleStore extends SettleStore {
  constructor(private readonly database: Database) {
    super();
  }

  override async openRuns(
    runs: readonly { readonly runId: string; readonly tenantId: string }[],
  ): Promise<OpenRun[]> {
    return this.database.once<OpenRun>(
      runs.map(({ tenantId }) => tenantId),
      'runs-open',
      openRuns,
      [runs.map(({ runId }) => runId)],
    );
  }

  override async withRun(
    { runId, tenantId }: { readonly runId: string; readonly tenantId: string },
    work: (tx: Transaction, run: OpenRun) => Promise<void>,
  ): Promise<void> {
    await this.database.inTenant(tenantId, async (tx) => {
      // The lock first, the counters in a statement of their own: one statement would count as of before its wait.
      await tx.query('select from message_runs where id = $1 for update', [runId]);
      const [run] = await tx.query<OpenRun>(openRuns, [[runId]]);
      if (run !== undefined) await work(tx, run);
    });
  }

  override async markFirstPass(tx: Transaction, runId: string): Promise<void> {
    await tx.execute(
      'update message_runs set first_pass_done_at = coalesce(first_pass_done_at, now()) where id = $1',
      [runId],
    );
  }
}

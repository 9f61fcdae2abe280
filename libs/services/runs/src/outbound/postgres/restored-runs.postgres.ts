import { Injectable } from '@nestjs/common';
import { Database } from '@mailrun/platform-persistence';
import { RestoredRuns, type RestoredCounts } from '../../application/ports/restored-runs.port.js';

const markSql = `
with drafted as (
  update message_runs set state = 'draft', why = 'restored', version = version + 1, updated_at = now()
  where tenant_id = $1 and state = 'prepared' returning id
), marked as (
  update message_runs r set restored_to = $2, restored_checkpoint = null, version = version + 1, updated_at = now(),
    restored_round = (select max(g.round) from run_gates g where g.run_id = r.id)
  -- What was under way, also when outcomes that were still on the bus have ended it since.
  where tenant_id = $1 and (state in ('running', 'paused') or (state = 'stopped' and ended_at is null) or ended_at >= $2)
  returning r.id, r.preparation_id, r.restored_round
), to_name as (
  insert into tenants_with_work (run_id, tenant_id, kind) select id, $1::uuid, 'restored' from marked
  on conflict (run_id, kind) do update set token = gen_random_uuid()
), told as (
  insert into tenants_with_work (run_id, tenant_id, kind)
  select id, $1::uuid, 'event' from (select id from drafted union all select id from marked) as changed
  on conflict (run_id, kind) do update set token = gen_random_uuid()
)
select (select count(*) from marked)::int as runs,
  coalesce((select json_agg(json_build_object('runId', id, 'round', restored_round)) from marked), '[]') as rounds,
  (select count(*) from drafted)::int as drafts,
  coalesce((select sum(c.count) from run_counters c join marked m on m.preparation_id = c.preparation_id
    where c.unit = 'messages' and c.status in ('pending', 'queued')), 0)::int as messages`;

@Injectable()
export class PostgresRestoredRuns extends RestoredRuns {
  constructor(private readonly database: Database) {
    super();
  }

  override async mark(tenantId: string, restoredTo: Date): Promise<RestoredCounts> {
    const [counts] = await this.database.inTenant(tenantId, (tx) =>
      tx.query<RestoredCounts>(markSql, [tenantId, restoredTo]),
    );
    return counts!;
  }
}

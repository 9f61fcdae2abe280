import { Injectable } from '@nestjs/common';
import type { GateState } from '@mailrun/contracts';
import { Database } from '@mailrun/platform-persistence';
import { RunGates, type RunGate } from '../../application/ports/run-gates.port.js';
import { intoOutbox } from './outbox.sql.js';
import { tenantsWithWork } from './tenants-with-work.js';

/**
 * Mails of stopped rounds end, except those that may have left. A conversation that was running may give its mail back
 * later than the stop, so lately stopped gates are looked at again: longer than any conversation lasts.
 *
 * $1 limit · $2 a run, or null for all that were stopped lately
 */
const stopWaitingSql = `
with gates as (
  select run_id, max(round) as round from run_gates
  where state = 'stopped' and case when $2::uuid is null then sweep_until > now() else run_id = $2 end
  group by run_id
), picked as (
  select m.message_id, m.copy from gates g join mails m on m.run_id = g.run_id and m.round <= g.round
  where m.due_at is not null
  union all
  select m.message_id, m.copy from gates g join mails m on m.run_id = g.run_id and m.round <= g.round
  where m.lease_until is not null and m.state = 'claimed'
  limit $1
), stopped as (
  update mails m
  set state = 'stopped', attempt_token = null, due_at = null, lease_until = null, revision = m.revision + 1, updated_at = now()
  from picked p
  where m.message_id = any((select array_agg(message_id) from picked)::uuid[])
    and m.message_id = p.message_id and m.copy = p.copy and m.state in ('accepted', 'deferred', 'claimed')
  returning m.tenant_id, m.message_id, m.copy, m.revision
), untold as (
${intoOutbox('stopped')}
)
select message_id from stopped`;

@Injectable()
export class PostgresRunGates extends RunGates {
  constructor(private readonly database: Database) {
    super();
  }

  put({ tenantId, runId, round, revision, state }: RunGate): Promise<RunGate> {
    return this.database.inTenant(tenantId, async (tx) => {
      await tx.prepared(
        'put-gate',
        `insert into run_gates (tenant_id, run_id, round, revision, state, sweep_until)
         values ($1, $2, $3, $4, $5, case when $5 = 'stopped' then now() + interval '15 minutes' end)
         on conflict (run_id, round) do update
           set revision = excluded.revision, state = excluded.state, sweep_until = excluded.sweep_until,
             updated_at = now()
           where run_gates.revision < excluded.revision`,
        [tenantId, runId, round, revision, state],
      );
      const [row] = await tx.prepared<{ revision: number; state: GateState }>(
        'get-gate',
        'select revision, state from run_gates where run_id = $1 and round = $2',
        [runId, round],
      );
      return { tenantId, runId, round, revision: row!.revision, state: row!.state };
    });
  }

  async stopWaiting(
    limit: number,
    of?: { readonly tenantId: string; readonly runId: string },
  ): Promise<number> {
    const tenantIds = of ? [of.tenantId] : await tenantsWithWork(this.database);
    if (tenantIds.length === 0) return 0;
    return this.database.inTenants(tenantIds, async (tx) => {
      const rows = await tx.prepared('stop-waiting', stopWaitingSql, [limit, of?.runId ?? null]);
      return rows.length;
    });
  }
}

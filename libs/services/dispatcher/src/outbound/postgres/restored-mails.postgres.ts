import { Injectable } from '@nestjs/common';
import type { Reply } from '@mailrun/contracts';
import { Database } from '@mailrun/platform-persistence';
import { RestoredMails, type RestoredRound } from '../../application/ports/restored-mails.port.js';
import { intoOutbox } from './outbox.sql.js';
import { restoredRevision } from './restored-revision.sql.js';

/** $1 limit · $2 the reply as JSON */
const makeUncertainSql = `
with picked as (
  select message_id, copy from mails where due_at <= now()
  union all
  select message_id, copy from mails where lease_until is not null
  limit $1
), lost as (
  update mails m
  set state = 'uncertain', due_at = null, lease_until = null, attempt_token = null,
    revision = greatest(m.revision + 1, ${restoredRevision}), reply = $2::jsonb, updated_at = now()
  from picked p
  where m.message_id = any((select array_agg(message_id) from picked)::uuid[])
    and m.message_id = p.message_id and m.copy = p.copy
  returning m.tenant_id, m.message_id, m.copy, m.revision
), untold as (
${intoOutbox('lost')}
)
select message_id from lost`;

/**
 * One statement over all: a restore is rare, and nothing else is under way. The outbox is filled in pieces, since an
 * entry is read whole.
 *
 * $1 the reply as JSON
 */
const tellAgainSql = `
with raised as (
  update mails m
  set revision = greatest(m.revision + 1, ${restoredRevision}), attempt_token = null,
    reply = case when m.state = 'uncertain' then $1::jsonb else m.reply end
  where (m.state = 'uncertain' and m.reply is distinct from $1::jsonb) or m.due_at > now()
  returning m.tenant_id, m.message_id, m.copy
), numbered as (
  select r.*, row_number() over (order by message_id, copy) / 500 as piece from raised r
)
insert into outbox_entries (tenant_ids, message_ids, copies)
select array_agg(tenant_id), array_agg(message_id), array_agg(copy) from numbered group by piece`;

/** $1 tenant · $2, $3 runs and rounds · $4 the reply as JSON · $5 the moment of the backup */
const distrustRoundsSql = `
with reconciled as (
  insert into restores (tenant_id, reconciled_at) values ($1, now())
  on conflict (tenant_id) do update set reconciled_at = excluded.reconciled_at
), kept as (
  insert into restored_rounds as r (tenant_id, run_id, round, reply)
  select $1::uuid, k.run_id, k.round, $4::jsonb from unnest($2::uuid[], $3::int[]) as k (run_id, round)
  on conflict (run_id) do update set round = greatest(r.round, excluded.round), reply = excluded.reply
  returning run_id, round
), held as (
  update mails m
  set state = 'uncertain', revision = greatest(m.revision + 1, ${restoredRevision}), reply = $4::jsonb, updated_at = now()
  from kept k
  where m.run_id = k.run_id and m.round <= k.round and m.created_at >= $5 and m.attempts = 0
    and m.state in ('failed', 'stopped')
  returning m.tenant_id, m.message_id, m.copy
)
${intoOutbox('held')}`;

@Injectable()
export class PostgresRestoredMails extends RestoredMails {
  constructor(private readonly database: Database) {
    super();
  }

  async distrustRounds(
    tenantId: string,
    rounds: readonly RestoredRound[],
    reply: Reply,
    restoredTo: Date,
  ): Promise<void> {
    const runIds = rounds.map(({ runId }) => runId);
    const numbers = rounds.map(({ round }) => round);
    await this.database.inTenant(tenantId, (tx) =>
      tx.execute(distrustRoundsSql, [tenantId, runIds, numbers, JSON.stringify(reply), restoredTo]),
    );
  }

  async makeUncertain(tenantIds: readonly string[], reply: Reply, limit: number): Promise<number> {
    if (tenantIds.length === 0) return 0;
    const rows = await this.database.inTenants(tenantIds, (tx) =>
      tx.query(makeUncertainSql, [limit, JSON.stringify(reply)]),
    );
    return rows.length;
  }

  async tellAgain(tenantIds: readonly string[], reply: Reply): Promise<void> {
    if (tenantIds.length === 0) return;
    await this.database.inTenants(tenantIds, (tx) => tx.execute(tellAgainSql, [JSON.stringify(reply)]));
  }
}

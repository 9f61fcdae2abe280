import { Injectable } from '@nestjs/common';
import type { Reply } from '@mailrun/contracts';
import { Database } from '@mailrun/platform-persistence';
import { RestoredMails } from '../../application/ports/restored-mails.port.js';
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

@Injectable()
export class PostgresRestoredMails extends RestoredMails {
  constructor(private readonly database: Database) {
    super();
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

import { Injectable } from '@nestjs/common';
import type { Reply } from '@mailrun/contracts';
import { Database } from '@mailrun/platform-persistence';
import { RestoredMails } from '../../application/ports/restored-mails.port.js';
import { intoOutbox } from './outbox.sql.js';
import { tenantsWithWork } from './tenants-with-work.js';

/** $1 limit · $2 the reply as JSON */
const makeUncertainSql = `
with picked as (
  select message_id, copy from mails where due_at <= now()
  union all
  select message_id, copy from mails where lease_until is not null
  limit $1
), lost as (
  update mails m
  set state = 'uncertain', due_at = null, lease_until = null, attempt_token = null, revision = m.revision + 1,
    reply = $2::jsonb, updated_at = now()
  from picked p
  where m.message_id = any((select array_agg(message_id) from picked)::uuid[])
    and m.message_id = p.message_id and m.copy = p.copy
  returning m.tenant_id, m.message_id, m.copy, m.revision
), untold as (
${intoOutbox('lost')}
)
select message_id from lost`;

@Injectable()
export class PostgresRestoredMails extends RestoredMails {
  constructor(private readonly database: Database) {
    super();
  }

  async makeUncertain(reply: Reply, limit: number): Promise<number> {
    const ids = await tenantsWithWork(this.database);
    if (ids.length === 0) return 0;
    const rows = await this.database.inTenants(ids, (tx) =>
      tx.query(makeUncertainSql, [limit, JSON.stringify(reply)]),
    );
    return rows.length;
  }
}

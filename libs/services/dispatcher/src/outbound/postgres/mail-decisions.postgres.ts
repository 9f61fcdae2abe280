import { Injectable } from '@nestjs/common';
import { Database } from '@mailrun/platform-persistence';
import {
  MailDecisions,
  type MailDecision,
  type MailRevision,
  type UncertainMail,
} from '../../application/ports/mail-decisions.port.js';
import type { MailKey } from '../../domain/mail.js';
import { recipientFrom, recipientsOf, type RecipientJson } from './mail.row.js';
import { intoOutbox } from './outbox.sql.js';

const uncertainSql = `
select m.message_id, m.copy, m.revision, ${recipientsOf('m')} as recipients,
  s.sha256, s.size_bytes, s.blob_key, s.bytes,
  exists (select from run_gates g where g.run_id = m.run_id and g.round >= m.round and g.state = 'stopped') as is_stopped
from unnest($1::uuid[], $2::int[], $3::int[]) as a(message_id, copy, revision)
join mails m on m.message_id = a.message_id and m.copy = a.copy and m.revision = a.revision
left join sealed_mails s on s.message_id = m.message_id and s.copy = m.copy
where m.message_id = any($1::uuid[]) and m.state = 'uncertain'`;

/**
 * The token of the attempt goes: an answer that comes after all finds that a person was faster.
 *
 * $1 decisions as JSON · $2 recipients with states of their own as JSON
 */
const decideSql = `
with given as (
  select * from json_to_recordset($1::json) as g(message_id uuid, copy int, revision int, state text, reply jsonb)
), decided as (
  update mails m
  set state = g.state, attempt_token = null, lease_until = null, due_at = case when g.state = 'deferred' then now() end,
    revision = m.revision + 1, reply = g.reply, updated_at = now()
  from given g
  where m.message_id = any((select array_agg(message_id) from given)::uuid[])
    and m.message_id = g.message_id and m.copy = g.copy and m.revision = g.revision and m.state = 'uncertain'
    and not (g.state = 'deferred' and exists (select from run_gates t
      where t.run_id = m.run_id and t.round >= m.round and t.state = 'stopped'))
  returning m.tenant_id, m.message_id, m.copy, m.revision, m.state, m.run_id, m.server_key, m.mode
), untold as (
${intoOutbox('decided')}
), known as (
  update recipients r set state = k.state, reply = k.reply
  from json_to_recordset($2::json) as k(message_id uuid, copy int, position smallint, state text, reply jsonb)
  join decided d on d.message_id = k.message_id and d.copy = k.copy
  where r.message_id = any((select array_agg(message_id) from given)::uuid[])
    and r.message_id = k.message_id and r.copy = k.copy and r.position = k.position
), waiting as (
  insert into waiting_runs (tenant_id, server_key, run_id, mode, next_due_at)
  select distinct tenant_id, server_key, run_id, mode, now() from decided where state = 'deferred'
  order by tenant_id, server_key, run_id
  on conflict (tenant_id, server_key, run_id) do update set next_due_at = now(), touched_at = now()
)
select message_id as "messageId", copy from decided`;

interface UncertainRow {
  readonly message_id: string;
  readonly copy: number;
  readonly revision: number;
  readonly recipients: readonly RecipientJson[];
  readonly sha256: string | null;
  readonly size_bytes: number | null;
  readonly blob_key: string | null;
  readonly bytes: Buffer | null;
  readonly is_stopped: boolean;
}

@Injectable()
export class PostgresMailDecisions extends MailDecisions {
  constructor(private readonly database: Database) {
    super();
  }

  uncertain(tenantId: string, copies: readonly MailRevision[]): Promise<UncertainMail[]> {
    return this.database.inTenant(tenantId, async (tx) => {
      const rows = await tx.query<UncertainRow>(uncertainSql, [
        copies.map(({ messageId }) => messageId),
        copies.map(({ copy }) => copy),
        copies.map(({ revision }) => revision),
      ]);
      return rows.map((row) => ({
        messageId: row.message_id,
        copy: row.copy,
        revision: row.revision,
        recipients: row.recipients.map(recipientFrom),
        bytes: bytesOf(row),
        isRoundStopped: row.is_stopped,
      }));
    });
  }

  async decide(tenantId: string, decisions: readonly MailDecision[]): Promise<MailKey[]> {
    if (decisions.length === 0) return [];
    const keyed = decisions.map(({ messageId, ...rest }) => ({ message_id: messageId, ...rest }));
    return this.database.inTenant(tenantId, (tx) =>
      tx.query<MailKey>(decideSql, [
        JSON.stringify(keyed.map(({ recipients: _, ...rest }) => rest)),
        JSON.stringify(
          keyed.flatMap(({ message_id, copy, recipients }) =>
            recipients.map(({ position, own }) => ({ message_id, copy, position, ...own })),
          ),
        ),
      ]),
    );
  }
}

function bytesOf(row: UncertainRow): UncertainMail['bytes'] {
  if (row.sha256 === null || row.size_bytes === null) return undefined;
  if (row.bytes !== null) return { inline: row.bytes };
  return row.blob_key === null
    ? undefined
    : { blob: { key: row.blob_key, sha256: row.sha256, sizeBytes: row.size_bytes } };
}

import { restoredRevision } from './restored-revision.sql.js';

/**
 * Enters the mails of a batch; those that are there already stay as they are. Two statements in one transaction and
 * not one: what the second one writes would have to be joined with what this one found new. `offset 0` keeps the planner
 * from working a copy's state out wherever it is named. What comes of a round that was under way before a restore may have
 * come, and left, before. Other records from before the restore are of runs that the backup does not know as started.
 *
 * $1 copies as JSON, sorted by key
 */
export const enterMailsSql = `
with given as (
  select g.*, r.reply as restored, case
      when g.ended_as = 'uncertain' or r.run_id is not null then 'uncertain'
      when g.ended_as = 'stopped' or exists (select from run_gates t
        where t.run_id = g.run_id and t.round >= g.round and t.state = 'stopped') then 'stopped'
      when g.reply is not null then 'failed'
      else 'accepted'
    end as state
  from json_to_recordset($1::json) as g(
    tenant_id uuid, message_id uuid, copy int, run_id uuid, round int, mode text, traceparent text,
    fed_at timestamptz, ended_as text, reply jsonb, server_key text, from_key text, in_doubt_policy text)
  left join restored_rounds r on r.run_id = g.run_id and r.round >= g.round
  left join restores x on x.tenant_id = g.tenant_id and x.reconciled_at > g.fed_at
  where x.tenant_id is null or r.run_id is not null
  offset 0
)
insert into mails (tenant_id, message_id, copy, run_id, round, mode, server_key, from_key, in_doubt_policy, state,
  revision, due_at, reply, traceparent, created_at, updated_at)
select tenant_id, message_id, copy, run_id, round, mode, server_key, from_key, coalesce(in_doubt_policy, 'hold'),
  state, case when state = 'uncertain' then ${restoredRevision} else 1 end, case when state = 'accepted' then now() end,
  coalesce(restored, reply), traceparent, now(), now()
from given
on conflict (message_id, copy) do nothing
returning message_id, copy, state, revision, updated_at, reply`;

/**
 * Holds mails that came by records from before a restore: they may have left already. What was open when the restore was
 * reconciled has a greater revision.
 *
 * $1, $2 keys · $3 the reply as JSON
 */
export const holdRestoredSql = `
update mails m
set state = 'uncertain', due_at = null, revision = ${restoredRevision}, reply = $3::jsonb, updated_at = now()
from unnest($1::uuid[], $2::int[]) as a(message_id, copy)
where m.message_id = any($1::uuid[]) and m.message_id = a.message_id and m.copy = a.copy
  and m.state = 'accepted' and m.revision = 1 and m.due_at is not null`;

/**
 * What belongs to mails that were entered: sealed bytes, recipients, and the index of work. The bytes of all mails come
 * as one parameter, cut here, because an array of them would travel as text of twice the size.
 *
 * $1 sealed mails as JSON · $2 their inline bytes, one after the other · $3 recipients as JSON · $4 runs as JSON
 */
export const enterContentsSql = `
with sealed as (
  insert into sealed_mails (tenant_id, message_id, copy, sha256, size_bytes, message_id_header, subject, envelope_from,
    give_up_after_hours, blob_key, bytes)
  select s.tenant_id, s.message_id, s.copy, s.sha256, s.size_bytes, s.message_id_header, s.subject, s.envelope_from,
    s.give_up_after_hours, s.blob_key, case when s.blob_key is null then substring($2::bytea from s.starts_at + 1 for s.length) end
  from json_to_recordset($1::json) as s(tenant_id uuid, message_id uuid, copy int, sha256 text, size_bytes int,
    message_id_header text, subject text, envelope_from text, give_up_after_hours int, blob_key text, starts_at int, length int)
), named as (
  insert into recipients (tenant_id, message_id, copy, position, kind, address)
  select r.tenant_id, r.message_id, r.copy, r.position, r.kind, r.address
  from json_to_recordset($3::json) as r(tenant_id uuid, message_id uuid, copy int, position smallint, kind text,
    address text)
)
insert into waiting_runs (tenant_id, server_key, run_id, mode, next_due_at)
select q.tenant_id, q.server_key, q.run_id, q.mode, now()
from json_to_recordset($4::json) as q(tenant_id uuid, server_key text, run_id uuid, mode text)
where not exists (select from waiting_runs w
  where w.tenant_id = q.tenant_id and w.server_key = q.server_key and w.run_id = q.run_id and w.next_due_at <= now())
order by q.tenant_id, q.server_key, q.run_id
on conflict (tenant_id, server_key, run_id) do update set next_due_at = now(), touched_at = now()`;

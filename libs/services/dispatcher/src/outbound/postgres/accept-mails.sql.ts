/**
 * Enters a batch of copies in one statement: mails, recipients, sealed bytes, and the index of work. What is there
 * already stays as it is. The bytes of all mails come as one parameter, cut here, because an array of them would
 * travel as text of twice the size.
 *
 * $1 copies as JSON · $2 their inline bytes, one after the other · $3 recipients as JSON
 */
export const acceptMailsSql = `
with given as (
  select * from json_to_recordset($1::json) as g(
    tenant_id uuid, message_id uuid, copy int, run_id uuid, round int, mode text, traceparent text,
    is_stopped boolean, reply jsonb,
    server_key text, from_key text, in_doubt_policy text,
    sha256 text, size_bytes int, message_id_header text, subject text, envelope_from text,
    blob_key text, starts_at int, length int)
), judged as (
  select g.*, case
      when g.is_stopped or exists (select from run_gates t
        where t.run_id = g.run_id and t.round >= g.round and t.state = 'stopped') then 'stopped'
      when g.reply is not null then 'failed'
      else 'accepted'
    end as state
  from given g
), entered as (
  insert into mails (tenant_id, message_id, copy, run_id, round, mode, server_key, from_key, in_doubt_policy, state,
    revision, due_at, reply, traceparent, created_at, updated_at)
  select tenant_id, message_id, copy, run_id, round, mode, server_key, from_key, coalesce(in_doubt_policy, 'hold'),
    state, 1, case when state = 'accepted' then now() end, reply, traceparent, now(), now()
  from judged
  on conflict (message_id, copy) do nothing
  returning tenant_id, message_id, copy, run_id, mode, server_key, state
), sealed as (
  insert into sealed_mails (tenant_id, message_id, copy, sha256, size_bytes, message_id_header, subject, envelope_from,
    blob_key, bytes)
  select g.tenant_id, g.message_id, g.copy, g.sha256, g.size_bytes, g.message_id_header, g.subject, g.envelope_from,
    g.blob_key, case when g.blob_key is null then substring($2::bytea from g.starts_at + 1 for g.length) end
  from given g join entered e on e.message_id = g.message_id and e.copy = g.copy
  where g.sha256 is not null
), named as (
  insert into recipients (tenant_id, message_id, copy, position, kind, address)
  select e.tenant_id, r.message_id, r.copy, r.position, r.kind, r.address
  from json_to_recordset($3::json) as r(message_id uuid, copy int, position smallint, kind text, address text)
  join entered e on e.message_id = r.message_id and e.copy = r.copy
), waiting as (
  insert into waiting_runs (tenant_id, server_key, run_id, mode, next_due_at)
  select distinct on (e.tenant_id, e.server_key, e.run_id) e.tenant_id, e.server_key, e.run_id, e.mode, now()
  from entered e
  where e.state = 'accepted' and not exists (select from waiting_runs w
    where w.tenant_id = e.tenant_id and w.server_key = e.server_key and w.run_id = e.run_id and w.next_due_at <= now())
  order by e.tenant_id, e.server_key, e.run_id
  on conflict (tenant_id, server_key, run_id) do update set next_due_at = now(), touched_at = now()
)
select message_id, copy from entered`;

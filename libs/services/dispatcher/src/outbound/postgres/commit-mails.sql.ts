/**
 * The group commit, in one statement so that it costs one round trip: how the attempts that ended became of their
 * mails, and which of the next mails may be handed over. Whatever lost its claim changes nothing, by the token.
 *
 * An attempt recovered as uncertain may still be settled by the process that made it, if it turns out to live: its
 * token stands until someone decides. In a stopped round nothing waits any more: what would be deferred is stopped,
 * or stays uncertain where the attempt was.
 *
 * A mail that is transmitting under the token given was marked by this very commit, when its answer was lost and it is
 * repeated: nothing was handed over yet.
 *
 * Rows are named twice, by a list of ids and by the join: only the list makes the planner go by the primary key while
 * it takes the tables for small. State and lease of the next mails are compared in a form that no index serves, for the
 * one over leases is full of dead entries.
 *
 * $1 finished attempts as JSON · $2 recipients with states of their own as JSON · $3 next mails as JSON
 * · $4 told outcomes as JSON · $5 the only mode allowed in this installation, or null
 */
export const commitMailsSql = `
with finished as (
  select * from json_to_recordset($1::json) as f(message_id uuid, copy int, token uuid,
    run_id uuid, round int, state text, attempt_state text,
    delay_ms float8, elapsed_ms float8, counts int, reply jsonb)
), next as (
  select * from json_to_recordset($3::json) as n(message_id uuid, copy int, token uuid)
), gone as (
  select * from json_to_recordset($4::json) as t(message_id uuid, copy int, revision int)
), settled as (
  update mails m
  set state = case when f.state = 'deferred' and g.is_stopped
      then case when f.attempt_state = 'uncertain' then 'uncertain' else 'stopped' end
      else f.state end,
    due_at = case when f.state = 'deferred' and not g.is_stopped then now() + f.delay_ms * interval '1 ms' end,
    lease_until = null, revision = m.revision + 1,
    retries = m.retries + f.counts, reply = f.reply, updated_at = now()
  from finished f cross join lateral (
    select exists (select from run_gates t
      where t.run_id = f.run_id and t.round >= f.round and t.state = 'stopped') as is_stopped) as g
  where m.message_id = any((select array_agg(message_id) from finished)::uuid[])
    and m.message_id = f.message_id and m.copy = f.copy and m.attempt_token = f.token
    and m.state in ('transmitting', 'uncertain')
  returning m.tenant_id, m.message_id, m.copy, m.revision, m.state, m.attempts, m.server_key, m.due_at, m.updated_at,
    f.attempt_state, f.elapsed_ms, f.reply
), tried as (
  insert into attempts (tenant_id, message_id, copy, number, state, server_key, started_at, ended_at, reply)
  select tenant_id, message_id, copy, attempts, attempt_state, server_key, now() - elapsed_ms * interval '1 ms', now(),
    reply
  from settled
  on conflict (message_id, copy, number) do update
    set state = excluded.state, ended_at = excluded.ended_at, reply = excluded.reply
), untold as (
  insert into outbox (tenant_id, message_id, copy, revision)
  select tenant_id, message_id, copy, revision from settled
), known as (
  update recipients r set state = k.state, reply = k.reply
  from json_to_recordset($2::json) as k(message_id uuid, copy int, position smallint, state text, reply jsonb)
  join settled s on s.message_id = k.message_id and s.copy = k.copy
  where r.message_id = any((select array_agg(message_id) from finished)::uuid[])
    and r.message_id = k.message_id and r.copy = k.copy and r.position = k.position
), marked as (
  update mails m
  set state = 'transmitting', attempts = m.attempts + case m.state when 'claimed' then 1 else 0 end, updated_at = now()
  from next n
  where m.message_id = any((select array_agg(message_id) from next)::uuid[])
    and m.message_id = n.message_id and m.copy = n.copy and m.attempt_token = n.token
    and coalesce(m.state, '') in ('claimed', 'transmitting') and m.lease_until - now() > interval '0'
    and m.mode = coalesce((select t.mode from tenant_modes t where t.tenant_id = m.tenant_id), 'test')
    and ($5::text is null or m.mode = $5)
    and not exists (select from run_gates g where g.run_id = m.run_id and g.round >= m.round and g.state <> 'running')
  returning m.message_id, m.copy
), told as (
  delete from outbox o using gone t
  where o.message_id = any((select array_agg(message_id) from gone)::uuid[]) and o.message_id = t.message_id and o.copy = t.copy and o.revision = t.revision
)
select message_id, copy, state, revision, attempts, due_at, updated_at from settled
union all
select message_id, copy, null, null, null, null, null from marked`;

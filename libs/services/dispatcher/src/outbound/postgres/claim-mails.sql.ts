import { isHeld } from './holds.sql.js';
import { isPaused } from './paused-servers.sql.js';
import { recipientsOf } from './mail.row.js';

/**
 * Takes due mails of several runs in one statement, up to a limit for each. Runs that are paused or held, whose server is paused, or whose mode
 * is not the tenant's, are left out before their mails are looked at: there may be very many. (Those of stopped rounds
 * are stopped by then.)
 *
 * Picked rows are looked up by key, not joined: see the group commit. `offset 0` keeps the planner from another order
 * than by the claimed mails, one after the other.
 *
 * Small bytes travel in Base64: pg reads every field as UTF-8 text, and its own form of bytea is half as dense.
 *
 * $1 requests as JSON · $2 lease in ms · $3 attempt token · $4 the only mode allowed in this installation, or null
 */
export const claimMailsSql = `
with asked as (
  select a.* from json_to_recordset($1::json) as a(tenant_id uuid, server_key text, run_id uuid, n int)
  join waiting_runs w on w.tenant_id = a.tenant_id and w.server_key = a.server_key and w.run_id = a.run_id
  where w.mode = coalesce((select t.mode from tenant_modes t where t.tenant_id = a.tenant_id), 'test')
    and ($4::text is null or w.mode = $4)
    and coalesce((select g.state from run_gates g where g.run_id = a.run_id order by g.round desc limit 1), 'running')
      <> 'paused'
    and not ${isHeld('a')}
    and not ${isPaused('a')}
), picked as (
  select due.message_id, due.copy from asked a cross join lateral (
    select m.message_id, m.copy from mails m
    where m.run_id = a.run_id and m.server_key = a.server_key and m.due_at <= now()
      and not exists (select from run_gates g
        where g.run_id = m.run_id and g.round >= m.round and g.state <> 'running')
    order by m.due_at limit a.n for update of m skip locked) as due
), claimed as (
  update mails m
  set state = 'claimed', due_at = null, lease_until = now() + $2 * interval '1 ms', attempt_token = $3
  where m.message_id = any((select array_agg(message_id) from picked)::uuid[])
    and (select jsonb_object_agg(message_id || '.' || copy, true) from picked) ? (m.message_id || '.' || m.copy)
  returning m.*
)
select c.tenant_id, c.message_id, c.copy, c.run_id, c.round, c.mode, c.server_key, c.from_key, c.in_doubt_policy,
  c.attempts, c.retries, c.traceparent, c.created_at,
  case when c.attempts = 0 then 0 else
    (select extract(epoch from now() - min(a.started_at)) * 1000 from attempts a
     where a.message_id = c.message_id and a.copy = c.copy)::float8 end as since_first_try_ms,
  c.attempts > 0 and exists (select from attempts a
    where a.message_id = c.message_id and a.copy = c.copy and a.state = 'uncertain') as may_have_left,
  s.give_up_after_hours, s.sha256, s.size_bytes, s.message_id_header, s.envelope_from, s.blob_key,
  encode(s.bytes, 'base64') as bytes_base64, ${recipientsOf('c')} as recipients
from claimed c cross join lateral (
  select * from sealed_mails s where s.message_id = c.message_id and s.copy = c.copy offset 0) as s`;

/**
 * After a claim that got less than it asked for: when to look at the run again. At the latest in a second, because
 * an intake that is about to commit is not seen here and sees our old entry.
 *
 * $1 runs as JSON
 */
export const putOffRunsSql = `
update waiting_runs w
set touched_at = case when q.found > 0 then now() else w.touched_at end,
  next_due_at = least(now() + interval '1 second', greatest(now() + interval '200 ms',
    (select min(m.due_at) from mails m where m.run_id = w.run_id and m.server_key = w.server_key
       and m.due_at > now())))
from json_to_recordset($1::json) as q(tenant_id uuid, server_key text, run_id uuid, found int)
where w.tenant_id = q.tenant_id and w.server_key = q.server_key and w.run_id = q.run_id`;

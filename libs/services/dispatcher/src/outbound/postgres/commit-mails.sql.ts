import { among, given, givenToken } from './given-mails.sql.js';
import { isHeld } from './holds.sql.js';
import { isPaused } from './paused-servers.sql.js';

const finished = given('1', 'm');
const isStopped = `exists (select from run_gates t
    where t.run_id = m.run_id and t.round >= m.round and t.state = 'stopped')`;

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
 * State and lease of the next mails are compared in a form that no index serves, for the one over leases is full of
 * dead entries.
 *
 * $1 finished attempts as an object by key · $2 their message ids, $3 the first, $4 the last · $5 tokens of the next
 * mails as an object by key · $6 their message ids, $7 the first, $8 the last · $9 told outbox entries · $10 id of this
 * commit's entry · $11 the only mode allowed in this installation, or null
 */
const commitMails = (known = ''): string => `
with settled as (
  update mails m
  set state = case when ${finished} ->> 'state' = 'deferred' and ${isStopped}
      then case when ${finished} ->> 'attempt' = 'uncertain' then 'uncertain' else 'stopped' end
      else ${finished} ->> 'state' end,
    due_at = case when ${finished} ->> 'state' = 'deferred' and not ${isStopped}
      then now() + (${finished} ->> 'delayMs')::float8 * interval '1 ms' end,
    lease_until = null, revision = m.revision + 1, retries = m.retries + (${finished} ->> 'counts')::int,
    reply = ${finished} -> 'reply', updated_at = now()
  where ${among('2', '3', '4')}
    and m.attempt_token = (${finished} ->> 'token')::uuid and m.state in ('transmitting', 'uncertain')
  returning m.tenant_id, m.message_id, m.copy, m.revision, m.state, m.attempts, m.server_key, m.due_at, m.updated_at,
    m.reply
), tried as (
  insert into attempts (tenant_id, message_id, copy, number, state, server_key, started_at, ended_at, reply)
  select tenant_id, message_id, copy, attempts, ${given('1', 's')} ->> 'attempt', server_key,
    now() - (${given('1', 's')} ->> 'elapsedMs')::float8 * interval '1 ms', now(), reply
  from settled s
  on conflict (message_id, copy, number) do update
    set state = excluded.state, ended_at = excluded.ended_at, reply = excluded.reply
), untold as (
  insert into outbox_entries (id, tenant_ids, message_ids, copies)
  select $10, array_agg(tenant_id), array_agg(message_id), array_agg(copy) from settled having count(*) > 0
), ${known}marked as (
  update mails m
  set state = 'transmitting', attempts = m.attempts + case m.state when 'claimed' then 1 else 0 end, updated_at = now()
  where ${among('6', '7', '8')}
    and m.attempt_token = ${givenToken('5', 'm')}
    and coalesce(m.state, '') in ('claimed', 'transmitting') and m.lease_until - now() > interval '0'
    and m.mode = coalesce((select t.mode from tenant_modes t where t.tenant_id = m.tenant_id), 'test')
    and ($11::text is null or m.mode = $11)
    and not exists (select from run_gates g where g.run_id = m.run_id and g.round >= m.round and g.state <> 'running')
    and not ${isHeld('m')}
    and not ${isPaused('m')}
  returning m.message_id, m.copy
), told as (
  delete from outbox_entries where id = any($9::uuid[])
)
select message_id, copy, state, revision, attempts, due_at, updated_at from settled
union all
select message_id, copy, null, null, null, null, null from marked`;

export const commitMailsSql = commitMails();

/**
 * The same, with states of recipients that differ from what their mails' states say. Few mails have any.
 *
 * $12 recipients as JSON
 */
export const commitMailsAndRecipientsSql = commitMails(`known as (
  update recipients r set state = k.state, reply = k.reply
  from json_to_recordset($12::json) as k(message_id uuid, copy int, position smallint, state text, reply jsonb)
  join settled s on s.message_id = k.message_id and s.copy = k.copy
  where r.message_id = any($2::uuid[])
    and r.message_id = k.message_id and r.copy = k.copy and r.position = k.position
), `);

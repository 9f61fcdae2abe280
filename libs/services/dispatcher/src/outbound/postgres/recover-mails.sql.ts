import { intoOutbox } from './outbox.sql.js';

/** Claimed mails whose lease ended were never begun: they wait again. */
export const returnClaimedSql = `
update mails
set state = case when reply is null then 'accepted' else 'deferred' end, due_at = now(), lease_until = null,
  attempt_token = null
where state = 'claimed' and lease_until < now()`;

/**
 * Transmitting mails whose lease ended may have left. They are uncertain, and held, or repeated where the policy says
 * so and the round still runs. The token stays where they are held, so that a process that only slept can still say
 * how it ended.
 *
 * $1 the reply as JSON · $2 delay of a repeat in ms
 */
export const recoverTransmittingSql = `
with old as (
  select message_id, copy, updated_at as started_at,
    in_doubt_policy = 'repeat' and not exists (select from run_gates g
      where g.run_id = o.run_id and g.round >= o.round and g.state = 'stopped') as repeats
  from mails o where lease_until < now() and state = 'transmitting' for update skip locked
), lost as (
  update mails m
  set state = case when repeats then 'deferred' else 'uncertain' end,
    attempt_token = case when repeats then null else m.attempt_token end,
    due_at = case when repeats then now() + $2 * interval '1 ms' end, lease_until = null,
    revision = m.revision + 1, reply = $1::jsonb, updated_at = now()
  from old
  where m.message_id = any((select array_agg(message_id) from old)::uuid[])
    and m.message_id = old.message_id and m.copy = old.copy
  returning m.tenant_id, m.message_id, m.copy, m.revision, m.attempts, m.server_key, m.reply, old.started_at
), tried as (
  insert into attempts (tenant_id, message_id, copy, number, state, server_key, started_at, ended_at, reply)
  select tenant_id, message_id, copy, attempts, 'uncertain', server_key, started_at, now(), reply from lost
  on conflict (message_id, copy, number) do nothing
), untold as (
${intoOutbox('lost')}
)
select message_id, copy from lost`;

/** Runs without open mails that nobody touched for an hour need no entry any more. */
export const forgetRunsSql = `
delete from waiting_runs w
where w.tenant_id = any($1::uuid[]) and w.touched_at < now() - interval '1 hour'
  and not exists (select from mails m where m.run_id = w.run_id and m.server_key = w.server_key
    and m.due_at is not null)
  and not exists (select from mails m where m.run_id = w.run_id and m.server_key = w.server_key
    and m.lease_until is not null)`;

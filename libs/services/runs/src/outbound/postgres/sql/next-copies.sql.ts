import { recipient } from './snapshots.sql.js';

/**
 * The addresses of a message `p` as its customer has them now: valid ones that are not suppressed, as when preparing. No
 * row where none is left. For each message by keys: joined as sets, the planner would compare each with each while it has
 * no statistics. `$1` tenant, `$2` recipient key, `$3` whether to leave out whom an earlier copy reached.
 */
const addressed = `lateral (
    select json_agg(e.recipient order by e.position) filter (where not e.is_reached) as recipients,
      array_agg(distinct e.address) filter (where not e.is_reached) as addresses,
      array_agg(e.kind || ' ' || e.address order by e.kind, e.address) filter (where not e.is_reached) as compared
    from (
      select e.kind, e.position, lower(e.address) as address, ${recipient} as recipient,
        $3::boolean and exists (select from reached_addresses x
          where x.message_id = p.id and x.address = lower(e.address)) as is_reached
      from customer_emails e
      where e.customer_id = p.customer_id and e.recipient_key = $2
        and e.address ~ '^[^[:space:]@]+@[^[:space:]@]+[.][^[:space:]@]+$'
        and not exists (select from suppressions s where s.tenant_id = $1 and s.address = lower(e.address))
    ) e
    having bool_or(e.kind = 'to') and bool_or(not e.is_reached)
  ) a`;

/** Of the messages of a round that is being made. `$4` after this id, `$5` last id, `$6` preparation, `$7` states, `$8` limit, `$9` only this message or null */
export const pickOfRound = `select m.* from messages m
  where m.id > $4 and m.id <= $5 and m.preparation_id = $6 and m.state = any($7::text[]) and ($9::uuid is null or m.id = $9)
  order by m.id limit $8 for update`;

/** Of messages whose mail was lost. `$4` their ids. */
export const pickLost = `select m.* from messages m
  where m.id = any($4::uuid[]) and m.state in ('failed', 'partly-sent', 'sent', 'uncertain')
  order by m.id for update`;

/**
 * Makes the next copies of picked messages: the copy before goes to `message_copies`, the message is pending again. One
 * without an address stays as it is.
 *
 * `$4` … of the pick.
 *
 * @param round of the copies: a parameter of the pick, or `p.round`
 */
export const makeCopies = (
  pick: string,
  round: string,
) => `with picked as materialized (${pick}), looked as materialized (
    select p.*, coalesce(p.own_state, p.state) as last_state,
      case when p.own_state is null then p.reason else p.own_reason end as last_reason, a.recipients, a.addresses
    from picked p left join ${addressed} on true
  ), before as (
    select * from looked where recipients is not null
  ), kept as (
    insert into message_copies (tenant_id, message_id, copy, round, revision, state, reason, has_accepted)
    select tenant_id, id, copy, round, revision, last_state, last_reason, has_accepted from before
  ), fed as (
    insert into message_history (tenant_id, message_id, copy, revision, at, state)
    select tenant_id, id, copy, 0, fed_at, 'queued' from before where fed_at is not null on conflict do nothing
  ), named as (
    insert into copy_recipients (tenant_id, message_id, copy, recipients)
    select tenant_id, id, copy + 1, recipients from before
  ), filtered as (
    insert into message_addresses (tenant_id, address, message_id)
    select b.tenant_id, a.address, b.id from before b, unnest(b.addresses) as a (address) on conflict do nothing
  ), made as (
    update messages m set copy = m.copy + 1, round = ${round}, revision = 0, state = 'pending', reason = null,
      own_state = null, own_reason = null, next_try_at = null, fed_at = null, updated_at = now(),
      earlier_state = (select s.state
        from unnest(array['sent', 'accepted', 'deferred', 'uncertain', 'partly-sent']) with ordinality as s (state, n)
        where s.state in (p.last_state, p.earlier_state) order by s.n limit 1)
    from before p where m.id = p.id
  )
  select state, reason, recipients is not null as "isMade", count(*)::int as messages, sum(invoices)::int as invoices,
    (select q.id from picked q order by q.id desc limit 1) as "lastId"
  from looked group by 1, 2, 3`;

/**
 * How the addresses of the next copies differ from those of the last ones. `$4` preparation, `$5`, `$6` its first and last
 * id, `$7` states, `$8` messages looked at, `$9` only this message or null.
 */
export const changedAddresses = `with picked as materialized (
    select m.id, m.customer_id, m.copy from messages m
    where m.id >= $5 and m.id <= $6 and m.preparation_id = $4 and m.state = any($7::text[]) and ($9::uuid is null or m.id = $9)
    order by m.id limit $8
  ), compared as materialized (
    select p.id, p.customer_id, l.recipients as before, a.recipients as after, a.compared as after_compared,
      (select array_agg(r.kind || ' ' || lower(r.address) order by r.kind, lower(r.address))
        from json_to_recordset(l.recipients) as r (kind text, address text)
        where not ($3::boolean and exists (select from reached_addresses x
          where x.message_id = p.id and x.address = lower(r.address)))) as before_compared
    from picked p
    left join ${addressed} on true
    cross join lateral (select case when p.copy = 1
      then (select c.recipients from message_contents c where c.message_id = p.id)
      else (select k.recipients from copy_recipients k where k.message_id = p.id and k.copy = p.copy) end as recipients) l
  ), changed as (
    select id, customer_id, before, after from compared
    where after is not null and after_compared is distinct from before_compared
  ), first as (
    select c.id as "messageId", cu.code as "customerCode", c.before, c.after
    from (select * from changed order by id limit 100) c join customers cu on cu.id = c.customer_id order by c.id
  )
  select (select count(*)::int from changed) as count,
    coalesce((select json_agg(f) from first f), '[]') as first,
    (select count(*)::int from compared where after is null) as "withoutAddress",
    (select count(*)::int from picked) as "lookedAt"`;

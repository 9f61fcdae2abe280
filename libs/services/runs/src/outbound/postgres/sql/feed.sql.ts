import { invoiceSnapshot } from './snapshots.sql.js';

/**
 * A batch is some hundred rows, found by keys from its message ids outward: without the plans for large joins and
 * whole tables, which the planner would choose while it has no statistics of a partition that was filled a minute ago.
 * With so little to choose from, a plan for these very values is no better: planning once for each connection saves
 * up to half a millisecond for each statement over partitions.
 */
export const byKeysOnly =
  'set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_seqscan = off; ' +
  'set local enable_material = off; set local jit = off; set local plan_cache_mode = force_generic_plan';

/** `$1` tenants. What is pending and under way of each running run. */
export const feedableRuns = `select r.id as "runId", r.tenant_id as "tenantId", p.messages_per_minute as "messagesPerMinute",
    case when f.messages_left > 0 then least(c.pending, f.messages_left)
      when f.messages_left = 0 and (f.round = f.held_round or f.later_position = p.last_id) then 0
      else c.pending end as pending, c.queued, c.accepted,
    coalesce((select sum(mails) from run_rates t where t.run_id = r.id
      and t.second > extract(epoch from now())::bigint - 10), 0)::float8 / 10 as "ratePerSecond"
  from message_runs r
  join preparations p on p.id = r.preparation_id
  join run_feeds f on f.run_id = r.id
  cross join lateral (
    select coalesce(sum(count) filter (where status = 'pending'), 0)::int as pending,
      coalesce(sum(count) filter (where status = 'queued'), 0)::int as queued,
      coalesce(sum(count) filter (where status = 'accepted'), 0)::int as accepted
    from run_counters c where c.preparation_id = r.preparation_id and c.unit = 'messages') c
  where r.id = any($1::uuid[]) and r.state = 'running' and (c.pending > 0 or c.queued > 0)`;

/** What a restore means for a run `r`, as JSON; null where its database was not restored. */
export const restoredOf = `case when r.restored_to is not null then json_build_object('round', r.restored_round, 'to',
    to_char(r.restored_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) end`;

/**
 * Locks a running run for feeding: its feed against other replicas (who go on to the next run), its row against stop
 * (which waits for the batch that is being fed, and whose commit ends the feeding).
 */
export const lockFeed = `select r.id as "runId", r.tenant_id as "tenantId", r.preparation_id as "preparationId",
    r.definition_key as "definitionKey", r.mode, f.round, r.send_again as "isSendAgain", f.position,
    f.messages_left as "messagesLeft", f.held_round as "heldRound", f.later_position as "laterPosition",
    p.first_id as "firstId", p.last_id as "lastId", p.definition ->> 'passwordKey' as "passwordKey",
    json_build_object('key', p.pins_key, 'sha256', p.pins_sha256, 'sizeBytes', p.pins_size_bytes) as pins,
    ${restoredOf} as restored, now() as "fedAt"
  from run_feeds f
  join message_runs r on r.id = f.run_id
  join preparations p on p.id = r.preparation_id
  where f.run_id = $1 and r.state = 'running'
  for update of f skip locked for share of r`;

/** `$1` preparation, `$2` after this id, `$3` last id, `$4` limit, `$5` of rounds after this one, `$6` first id of the preparation. */
export const candidates = `select m.id as "messageId", m.copy, m.round, m.earlier_state as "earlierState", cu.suspended as "isCustomerSuspended", r.id as "resultId",
    r.invoice_id as "invoiceId", r.invoice_revision as revision,
    i.status = 'approved' and i.revision = r.invoice_revision as "isUnchanged", pg_column_size(i.data) as "sizeBytes"
  from (select id, copy, round, earlier_state, customer_id from messages
    where id > $2 and id <= $3 and preparation_id = $1 and state = 'pending' and round > $5 order by id limit $4) m
  join message_results r on r.message_id = m.id and r.id between $6 and $3 and r.skip_reason is null
  join invoices i on i.id = r.invoice_id
  join customers cu on cu.id = m.customer_id
  order by m.id, r.position`;

/** `$1` tenant, `$2` definition, `$3` … claims as arrays. In the order of keys: two feeders never wait for each other in a circle. */
export const claimInvoices = `insert into invoice_claims (tenant_id, definition_key, invoice_id, invoice_revision, message_id, copy)
  select $1, $2, invoice_id, revision, message_id, copy
  from unnest($3::uuid[], $4::int[], $5::uuid[], $6::int[]) as c (invoice_id, revision, message_id, copy)
  order by invoice_id, revision
  on conflict do nothing
  returning invoice_id as "invoiceId", invoice_revision as revision`;

/** Who holds invoices, locked. */
export const claimHolders = `select k.invoice_id as "invoiceId", k.invoice_revision as revision, k.message_id as "messageId",
    (select h.state from messages h where h.id = k.message_id) as state
  from unnest($3::uuid[], $4::int[]) as c (invoice_id, revision)
  join invoice_claims k on k.tenant_id = $1 and k.definition_key = $2 and k.invoice_id = c.invoice_id
    and k.invoice_revision = c.revision
  order by k.invoice_id, k.invoice_revision
  for update of k`;

export const takeOver = `update invoice_claims k set message_id = c.message_id, copy = c.copy
  from unnest($3::uuid[], $4::int[], $5::uuid[], $6::int[]) as c (invoice_id, revision, message_id, copy)
  where k.tenant_id = $1 and k.definition_key = $2 and k.invoice_id = c.invoice_id and k.invoice_revision = c.revision`;

/**
 * `$1` tenant, `$2` run, `$3`, `$4` queued messages and how many invoices each carries, `$5`, `$6` skipped messages
 * and why, `$7`, `$8` results that drop out and why, `$9` position,
 * `$10` after how many ms they are fed again.
 */
export const writeFed = `with queued as (
    update messages m set state = 'queued', invoices = q.invoices, fed_at = now(), updated_at = now()
    from unnest($3::uuid[], $4::int[]) as q (id, invoices) where m.id = q.id
  ), skipped as (
    update messages m set state = 'skipped', reason = s.reason, updated_at = now()
    from unnest($5::uuid[], $6::text[]) as s (id, reason) where m.id = s.id
  ), dropped as (
    update message_results r set skip_reason = d.reason, updated_at = now()
    from unnest($7::uuid[], $8::text[]) as d (id, reason) where r.id = d.id
  ), watched as (
    insert into batch_watches (tenant_id, run_id, message_ids, check_at)
    select $1, $2, $3::uuid[], now() + $10 * interval '1 ms' where cardinality($3::uuid[]) > 0
  )
  update run_feeds set position = case when messages_left = 0 then position else coalesce($9, position) end,
    later_position = case when messages_left = 0 then coalesce($9, later_position) else later_position end,
    messages_left = messages_left - least(messages_left, cardinality($3::uuid[]))
  where run_id = $2`;

/** `$1`, `$2` messages whose newest copy does not go out, and why: what earlier copies came to stays. */
export const withdraw = `update messages m set state = m.earlier_state, reason = null, own_state = 'stopped',
    own_reason = w.reason, updated_at = now()
  from unnest($1::uuid[], $2::text[]) as w (id, reason) where m.id = w.id`;

/** What is published of queued messages. `$1` ids, `$2` password key or null, `$3`, `$4` ids of the preparation's rows. */
export const renderRecords = `select m.id as "messageId", m.copy, c.customer,
    case when m.copy = 1 then c.recipients
      else (select k.recipients from copy_recipients k where k.message_id = u.id and k.copy = m.copy) end as recipients,
    x.invoices, x.documents,
    case when p.ciphertext is not null then json_build_object('keyId', p.key_id, 'ciphertext', p.ciphertext) end as password
  from unnest($1::uuid[]) as u (id)
  join messages m on m.id = u.id
  join message_contents c on c.message_id = u.id
  cross join lateral (
    select json_agg(${invoiceSnapshot} order by r.position) as invoices,
      json_agg(r.documents order by r.position) filter (where r.documents is not null) as documents
    from message_results r join invoices i on i.id = r.invoice_id
    where r.message_id = u.id and r.id between $3 and $4 and r.skip_reason is null) x
  left join customer_passwords p on p.customer_id = m.customer_id and p.password_key = $2
  order by m.id`;

/** Messages of outcomes, locked in the order of their ids; pending ones are not ours to touch. */
export const lockMessages = `select m.id, m.tenant_id as "tenantId", m.run_id as "runId", m.preparation_id as "preparationId",
    m.copy, m.revision, m.state, m.reason, m.invoices, m.has_accepted as "hasAccepted",
    m.earlier_state as "earlierState", m.own_state as "ownState", m.own_reason as "ownReason", m.next_try_at as "nextTryAt"
  from messages m where m.id = any($1::uuid[]) and m.id between $2 and $3 order by m.id for update of m`;

/**
 * Writes a batch of outcomes in one statement: the messages, their history, and when runs looks after them by itself.
 * `$1`, `$2` changes and history as JSON (for wide rows the driver's arrays cost more), `$3` messages that need no
 * looking after any more.
 */
export const writeOutcomes = `with given as materialized (
    select * from json_to_recordset($1::json) as c (id uuid, state text, reason text, revision int, "hasAccepted" boolean,
      "earlierState" text, "ownState" text, "ownReason" text, "nextTryAt" timestamptz, at timestamptz, "checkAt" timestamptz,
      "checkInMs" int, "tenantId" uuid, "runId" uuid)
  ), changed as (
    update messages m set state = c.state, reason = c.reason, revision = c.revision, has_accepted = c."hasAccepted",
      earlier_state = c."earlierState", own_state = c."ownState", own_reason = c."ownReason", next_try_at = c."nextTryAt", updated_at = c.at
    from given c where m.id = c.id
  ), history as (
    insert into message_history (tenant_id, message_id, copy, revision, at, state, code, attempts, server_key, smtp_code,
      enhanced_code, server_text, detail, line, "column", next_try_at)
    select "tenantId", "messageId", copy, revision, at, state, code, attempts, "serverKey", "smtpCode", "enhancedCode",
      "serverText", detail, line, "column", "nextTryAt"
    from json_to_recordset($2::json) as h ("tenantId" uuid, "messageId" uuid, copy int, revision int, at timestamptz, state text,
      code text, attempts int, "serverKey" text, "smtpCode" int, "enhancedCode" text, "serverText" text, detail text, line int,
      "column" int, "nextTryAt" timestamptz)
    on conflict do nothing
  ), unwatched as (
    delete from message_watches where message_id = any($3::uuid[])
  ), watched as (
    insert into message_watches (tenant_id, message_id, run_id, check_at)
    select "tenantId", id, "runId", coalesce("checkAt", now() + "checkInMs" * interval '1 ms') from given
    where "runId" is not null order by id
    on conflict (message_id) do update set check_at = excluded.check_at
  )
  select 1`;

/** Frees the invoices of messages that failed or were stopped without reaching anyone, so that other runs may send them. */
export const freeInvoices = `delete from invoice_claims k using message_results r, message_runs u
  where r.message_id = any($1::uuid[]) and u.id = r.run_id and k.tenant_id = r.tenant_id
    and k.definition_key = u.definition_key and k.invoice_id = r.invoice_id
    and k.invoice_revision = r.invoice_revision and k.message_id = r.message_id`;

/**
 * What was taken for final and is not, after a restore: looked after also when the run has ended, and its invoices are
 * held again where no other message took them meanwhile. `$1` messages.
 */
export const takeUpAgain = `with held as (
    insert into tenants_with_work (run_id, tenant_id, kind)
    select distinct m.run_id, m.tenant_id, 'held' from messages m where m.id = any($1::uuid[]) order by m.run_id
    on conflict (run_id, kind) do update set token = gen_random_uuid()
  )
  insert into invoice_claims (tenant_id, definition_key, invoice_id, invoice_revision, message_id, copy)
  select r.tenant_id, u.definition_key, r.invoice_id, r.invoice_revision, m.id, m.copy
  from messages m join message_results r on r.message_id = m.id and r.skip_reason is null
    join message_runs u on u.id = m.run_id and u.mode = 'live'
  where m.id = any($1::uuid[])
  order by r.invoice_id, r.invoice_revision on conflict do nothing`;

/** `$1` messages. */
export const earlierCopies = `select message_id as "messageId", copy, revision, state, reason from message_copies
  where message_id = any($1::uuid[]) order by message_id, copy`;

/** `$1` copies before the newest one, as JSON. */
export const writeEarlierCopies = `update message_copies k set state = c.state, reason = c.reason, revision = c.revision
  from json_to_recordset($1::json) as c ("messageId" uuid, copy int, state text, reason text, revision int)
  where k.message_id = c."messageId" and k.copy = c.copy`;

/** `$1`, `$2`, `$3` tenants, messages and lower-case addresses that some copy reached. */
export const keepReached = `insert into reached_addresses (tenant_id, message_id, address)
  select tenant_id, message_id, address from unnest($1::uuid[], $2::uuid[], $3::text[]) as r (tenant_id, message_id, address)
  order by message_id, address on conflict do nothing`;

/** `$1` … `$4` tenants, messages, runs and copies whose sealed mail was lost: a worker makes the next copies. */
export const keepLost = `with lost as (
    insert into lost_mails (tenant_id, message_id, run_id, copy)
    select tenant_id, message_id, run_id, copy
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[]) as l (tenant_id, message_id, run_id, copy)
    on conflict (message_id) do update set copy = excluded.copy)
  insert into tenants_with_work (run_id, tenant_id, kind)
  select distinct run_id, tenant_id, 'round' from unnest($1::uuid[], $3::uuid[]) as l (tenant_id, run_id) order by run_id
  on conflict (run_id, kind) do update set token = gen_random_uuid()`;

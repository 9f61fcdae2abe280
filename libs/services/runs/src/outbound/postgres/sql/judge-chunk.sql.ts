import { customerSnapshot, pinnedDocument, recipient } from './snapshots.sql.js';

/** The planner must not join two parts of the chunk by a nested loop: it can't know how long the arrays are. */
export const judgeChunkSettings = `set local enable_nestloop = off; set local work_mem = '64MB'`;

/**
 * The invoices of a chunk, judged by all skip rules in their order. Every table is read once, by the keys of the
 * chunk, and hashed: a look-up for each invoice would cost four times as much.
 */
const judged = `chunk as materialized (
    select customer_ids, invoice_ids, revisions from preparation_chunks where preparation_id = $2 and number = $4
  ), looked as (
    select u.* from chunk, unnest(customer_ids, invoice_ids, revisions)
      with ordinality as u (customer_id, invoice_id, revision, n)
  ), customer as (
    select cu.id, cu.suspended, ${customerSnapshot} as snapshot
    from customers cu join customer_clusters cl on cl.id = cu.cluster_id
    where cu.id = any((select customer_ids from chunk)::uuid[])
  ), address as (
    select e.*, s.address is not null as is_suppressed, e.address ~ '^[^[:space:]@]+@[^[:space:]@]+[.][^[:space:]@]+$' as is_valid
    from customer_emails e left join suppressions s on s.tenant_id = $1 and s.address = lower(e.address)
    where e.customer_id = any((select customer_ids from chunk)::uuid[]) and e.recipient_key = $5
  ), addressed as (
    select e.customer_id, bool_or(e.kind = 'to') as has_to,
      bool_or(e.kind = 'to' and e.is_valid and not e.is_suppressed) as has_remaining_to,
      bool_or(e.kind = 'to' and e.is_valid and e.is_suppressed) as has_suppressed_to,
      json_agg(${recipient} order by e.position) filter (where e.is_valid and not e.is_suppressed) as recipients,
      array_agg(lower(e.address)) filter (where e.is_valid and not e.is_suppressed) as addresses
    from address e group by e.customer_id
  ), documented as (
    select d.invoice_id, d.invoice_revision, count(*) as count, sum(d.size_bytes) as size_bytes,
      json_agg(${pinnedDocument} order by array_position($6::text[], d.transformation_key)) as documents
    from documents d
    where d.invoice_id = any((select invoice_ids from chunk)::uuid[]) and d.transformation_key = any($6::text[])
    group by d.invoice_id, d.invoice_revision
  ), failed as (
    select distinct on (o.invoice_id) o.invoice_id, o.failure from document_orders o
    where o.preparation_id = $2 and o.state = 'failed' and o.invoice_id = any((select invoice_ids from chunk)::uuid[])
    order by o.invoice_id, array_position($6::text[], o.transformation_key)
  ), claimed as (
    select k.invoice_id, k.invoice_revision, (select h.state from messages h where h.id = k.message_id) as holder_state
    from invoice_claims k
    where $10::boolean and k.tenant_id = $1 and k.definition_key = $9
      and k.invoice_id = any((select invoice_ids from chunk)::uuid[])
  ), password as (
    select p.customer_id from customer_passwords p
    where p.customer_id = any((select customer_ids from chunk)::uuid[]) and p.password_key = $8
  ), judged as (
    select u.*, c.snapshot, e.recipients, e.addresses, d.documents, coalesce(d.size_bytes, 0) as size_bytes, f.failure,
      uuid_v7_nth((extract(epoch from now()) * 1000)::bigint, u.n) as new_id,
      case
        when e.has_to is not true then 'no-recipient'
        when cardinality($6::text[]) > 0 and d.count is null then 'no-document'
        when d.count < cardinality($6::text[]) and $7::boolean then 'document-missing'
        when $8::text is not null and p.customer_id is null then 'no-password'
        when c.suspended then 'customer-suspended'
        when e.has_remaining_to is not true then
          case when e.has_suppressed_to then 'address-suppressed' else 'address-invalid' end
        when k.holder_state is null then null
        when k.holder_state in ('queued', 'accepted', 'deferred', 'uncertain', 'pending') then 'in-another-run'
        when not $11::boolean then 'already-sent'
      end as reason
    from looked u
    join customer c on c.id = u.customer_id
    left join addressed e on e.customer_id = u.customer_id
    left join documented d on d.invoice_id = u.invoice_id and d.invoice_revision = u.revision
    left join failed f on f.invoice_id = u.invoice_id
    left join claimed k on k.invoice_id = u.invoice_id and k.invoice_revision = u.revision
    left join password p on p.customer_id = u.customer_id
    order by u.n
  )`;

/** One message for each invoice. */
const apart = `made as materialized (
    select j.*, j.new_id as message_id, 1 as position, 1 as invoices, null::int as part from judged j
  )`;

/**
 * One message for all of a customer's invoices, unless they are too large for one: base64 takes a third more, and
 * with parts half as long as a mail may be, none is too large by its last document.
 */
const collated = `parted as (
    select j.*, case when reason is null and sum(size_bytes * 1.4) over (partition by customer_id, reason) > $12
      then ceil(greatest(sum(size_bytes * 1.4) over (partition by customer_id, reason order by n), 1) / ($12 / 2.0))::int
      end as part
    from judged j
  ), made as materialized (
    select p.*, first_value(new_id) over of_message as message_id, row_number() over of_message as position,
      count(*) over (partition by customer_id, reason, part) as invoices
    from parted p window of_message as (partition by customer_id, reason, part order by n)
    order by n
  )`;

const rows = `results as (
    insert into message_results (tenant_id, id, run_id, preparation_id, invoice_id, invoice_revision, customer_id,
      message_id, position, documents, skip_reason, detail)
    select $1, new_id, $3, $2, invoice_id, revision, customer_id, case when reason is null then message_id end,
      case when reason is null then position end, case when reason is null then documents end, reason,
      case when reason in ('no-document', 'document-missing') then failure end
    from made
  ), carrying as (
    insert into messages (tenant_id, id, run_id, preparation_id, customer_id, invoices, part)
    select $1, message_id, $3, $2, customer_id, invoices, part from made where reason is null and position = 1
  ), contents as (
    insert into message_contents (tenant_id, message_id, customer, recipients)
    select $1, message_id, snapshot, recipients from made where reason is null and position = 1
  ), addresses as (
    insert into message_addresses (tenant_id, address, message_id)
    select distinct $1::uuid, a.address, m.message_id from made m, unnest(m.addresses) as a (address)
    where m.reason is null and m.position = 1
  )
  select coalesce(reason, '') as reason, count(*)::int as invoices,
    count(*) filter (where reason is null and position = 1)::int as messages,
    coalesce(sum(size_bytes) filter (where reason is null), 0)::bigint as "sizeBytes"
  from made group by 1`;

/**
 * Judges one chunk and makes its rows: results, messages, to whom. One statement, so that a million invoices never
 * pass through Node.js.
 *
 * `$1` tenant, `$2` preparation, `$3` run, `$4` chunk, `$5` recipient key, `$6` transformation keys in the order of
 * attachments, `$7` whether an incomplete set of documents is skipped, `$8` password key or null, `$9` definition
 * key, `$10` whether claims count (live), `$11` send again, and when collating `$12` largest size of a mail in bytes.
 */
export const judgeChunk = `with ${judged}, ${apart}, ${rows}`;
export const judgeCollatedChunk = `with ${judged}, ${collated}, ${rows}`;

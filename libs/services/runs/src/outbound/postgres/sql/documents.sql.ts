import { customerSnapshot, invoiceSnapshot } from './snapshots.sql.js';

/**
 * What a made document is made from: the transformation's published version, the invoice's revision, the customer.
 * While it stays the same, the document is reused.
 */
const madeFrom = `encode(sha256(convert_to(concat_ws('|', t.key, t.version, i.id, i.revision, (${customerSnapshot})::text), 'UTF8')), 'hex')`;

/**
 * Orders the documents of a chunk that are missing. One that was made from something else is removed and made anew:
 * prepared runs have pinned its bytes. `$1` tenant, `$2` preparation, `$3` chunk, `$4`, `$5` keys and versions of
 * the transformations with a template.
 */
export const orderDocuments = `with looked as (
    select u.* from preparation_chunks c, unnest(c.customer_ids, c.invoice_ids, c.revisions)
      with ordinality as u (customer_id, invoice_id, revision, n)
    where c.preparation_id = $2 and c.number = $3
  ), wanted as materialized (
    select l.n, i.id as invoice_id, i.revision, t.key, ${madeFrom} as made_from
    from looked l
    join invoices i on i.id = l.invoice_id and i.revision = l.revision
    join customers cu on cu.id = l.customer_id
    join customer_clusters cl on cl.id = cu.cluster_id
    cross join unnest($4::text[], $5::int[]) as t (key, version)
  ), missing as materialized (
    select w.*, d.id as stale_id from wanted w
    left join documents d on d.invoice_id = w.invoice_id and d.invoice_revision = w.revision and d.transformation_key = w.key
    where d.id is null or (d.origin = 'made' and d.made_from is distinct from w.made_from)
  ), stale as (
    delete from documents where id in (select stale_id from missing where stale_id is not null) and origin = 'made'
  )
  insert into document_orders (tenant_id, id, preparation_id, invoice_id, invoice_revision, transformation_key, made_from)
  select $1, uuid_v7_nth((extract(epoch from clock_timestamp()) * 1000)::bigint, row_number() over (order by n, key)), $2,
    invoice_id, revision, key, made_from
  from missing`;

/** Takes the next orders to ask for. `$1` preparation, `$2` how many. */
export const takeOrders = `with taken as (
    select id from document_orders
    where preparation_id = $1 and state in ('waiting', 'asked') and (state = 'waiting' or ask_again_at < now())
    order by id limit $2
  ), asked as (
    update document_orders o set state = 'asked', asks = asks + 1,
      ask_again_at = now() + make_interval(secs => least(600, 15 * 2 ^ least(asks, 10)))
    from taken where o.id = taken.id
    returning o.id, o.transformation_key, o.invoice_id
  )
  select a.id as "documentId", a.transformation_key as "transformationKey", ${customerSnapshot} as customer,
    ${invoiceSnapshot} as invoice
  from asked a
  join invoices i on i.id = a.invoice_id
  join customers cu on cu.id = i.customer_id
  join customer_clusters cl on cl.id = cu.cluster_id
  order by a.id`;

/**
 * Keeps the renderer's answers. An upload that came meanwhile stays. `$1` answers as JSON: tenantId, documentId,
 * made (key, sha256, sizeBytes, contentType, fileName) or failure.
 */
export const applyAnswers = `with given as (
    select * from jsonb_to_recordset($1::jsonb) as g ("tenantId" uuid, "documentId" uuid, made jsonb, failure jsonb)
  ), answered as (
    update document_orders o set state = case when g.made is null then 'failed' else 'made' end, failure = g.failure
    from given g where o.id = g."documentId" and o.tenant_id = g."tenantId" and o.state in ('waiting', 'asked')
    returning o.tenant_id, o.invoice_id, o.invoice_revision, o.transformation_key, o.made_from, g.made
  ), kept as (
    insert into documents (tenant_id, invoice_id, invoice_revision, transformation_key, origin, blob_key, sha256,
      size_bytes, content_type, file_name, made_from)
    select tenant_id, invoice_id, invoice_revision, transformation_key, 'made', made #>> '{content,key}',
      made #>> '{content,sha256}', (made #>> '{content,sizeBytes}')::bigint, made ->> 'contentType', made ->> 'fileName', made_from
    from answered where made is not null
    order by invoice_id, transformation_key
    on conflict (invoice_id, invoice_revision, transformation_key) do update
      set blob_key = excluded.blob_key, sha256 = excluded.sha256, size_bytes = excluded.size_bytes,
        content_type = excluded.content_type, file_name = excluded.file_name, made_from = excluded.made_from
      where documents.origin = 'made'
  )
  select count(*)::int as count from answered`;

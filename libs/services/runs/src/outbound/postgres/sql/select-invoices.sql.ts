/**
 * Which approved invoices a run takes. `$1` tenant, `$2` preparation, `$3` cluster code, `$4` with descendants,
 * `$5` invoice ids of an explicit list (null: by cluster and period), `$6`, `$7` first and last day of the period,
 * `$8` whether `mailedBefore` invoices are taken (send again), `$9` recipient key when customers without an address
 * under it are not the group, `$10` transformation keys when invoices without any of their documents are not the group.
 */
const candidates = `with recursive clusters as (
    select id from customer_clusters where $3::text is not null and tenant_id = $1 and code = $3
    union select below.id from customer_clusters below join clusters above on below.parent_id = above.id where $4::boolean
  ), candidates as (
    select i.customer_id, i.id as invoice_id, i.revision, i.mailed_before and not $8::boolean as is_mailed_before,
      case
        when $9::text is not null and not exists (
          select from customer_emails e where e.customer_id = i.customer_id and e.recipient_key = $9 and e.kind = 'to'
        ) then 'no-recipient'
        when $10::text[] is not null and not exists (
          select from documents d where d.invoice_id = i.id and d.invoice_revision = i.revision
            and d.transformation_key = any($10)
        ) then 'no-document'
      end as not_the_group
    from invoices i
    where i.tenant_id = $1 and i.status = 'approved' and case when $5::uuid[] is null
      then i.period_last_day between $6 and $7 and exists (
        select from customers cu where cu.id = i.customer_id and cu.cluster_id in (select id from clusters))
      else i.id = any($5) end
  )`;

/**
 * Fixes the invoices looked at, with their revisions, as chunks of about 20,000 in the order of customers; no
 * customer is split. Answers how many there are, and what was not looked at although it is approved.
 */
export const selectInvoices = `${candidates}, numbered as (
    select customer_id, invoice_id, revision,
      row_number() over by_customer as n,
      row_number() over (partition by customer_id order by invoice_id) as n_of_customer
    from candidates where not is_mailed_before and not_the_group is null
    window by_customer as (order by customer_id, invoice_id)
  ), chunks as (
    insert into preparation_chunks (tenant_id, preparation_id, number, customer_ids, invoice_ids, revisions)
    select $1, $2, 1 + ((n - n_of_customer) / 20000)::int, array_agg(customer_id order by n), array_agg(invoice_id order by n),
      array_agg(revision order by n)
    from numbered group by 3
    returning number, cardinality(invoice_ids) as invoices
  )
  select coalesce((select sum(invoices) from chunks), 0)::int as "lookedAt",
    coalesce((select max(number) from chunks), 0)::int as chunks,
    (select count(*) from candidates where is_mailed_before)::int as "mailedBefore",
    coalesce((select jsonb_object_agg(reason, count) from (
      select not_the_group as reason, count(*) from candidates
      where not is_mailed_before and not_the_group is not null group by 1) as groups), '{}') as "notTheGroup"`;

/** Not looked at and easily forgotten. `$1` tenant, `$2` cluster, `$3` descendants, `$4` invoice ids, `$5`, `$6` period. */
export const countForgotten = `with recursive clusters as (
    select id from customer_clusters where $2::text is not null and tenant_id = $1 and code = $2
    union select below.id from customer_clusters below join clusters above on below.parent_id = above.id where $3::boolean
  )
  select
    count(*) filter (where case when $4::uuid[] is null then i.period_last_day between $5 and $6 else true end
      and i.status in ('pending', 'open', 'approving', 'error'))::int as "notApproved",
    count(*) filter (where $4::uuid[] is null and i.status = 'approved'
      and i.period_first_day <= $6 and i.period_last_day > $6)::int as "periodEndsOutside"
  from invoices i
  where i.tenant_id = $1 and case when $4::uuid[] is null
    then i.period_last_day >= $5 and i.period_first_day <= $6 and exists (
      select from customers cu where cu.id = i.customer_id and cu.cluster_id in (select id from clusters))
    else i.id = any($4) end`;

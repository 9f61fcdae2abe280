import type pg from 'pg';
import { clusterCode, invoiceRowsMonth } from './company.js';

/** Customers of one approved invoice each, as imports would have left them, written past the API: it is not measured here. */
export async function fillInvoices(client: pg.Client, count: number): Promise<void> {
  await client.query('set search_path to mailrun_runs');
  await client.query(
    `insert into customers (tenant_id, code, name, cluster_id, locale)
     select c.tenant_id, 'C' || n, 'Customer ' || n, c.id, 'en-GB'
     from customer_clusters c, generate_series(1, $1::int) n where c.code = $2`,
    [count, clusterCode],
  );
  await client.query(
    `insert into customer_emails (tenant_id, customer_id, recipient_key, position, kind, address)
     select tenant_id, id, 'InvoiceEmail', 0, 'to', lower(code) || '@customers.test' from customers`,
  );
  await client.query(
    `insert into invoices (tenant_id, customer_id, code, number, period_first_day, period_last_day, issue_date, status,
       currency, total, data)
     select tenant_id, id, 'I' || code, 'INV-' || code, $1::date, $1::date + 27, $1::date + 30, 'approved', 'EUR', 413.70,
       '{"lines":[{"description":"Subscription","quantity":1,"unitPrice":"413.70","amount":"413.70"}]}'
     from customers`,
    [`${invoiceRowsMonth}-01`],
  );
  // What autovacuum does within a minute after imports of that size.
  await client.query('vacuum analyze customers, customer_emails, invoices');
  await client.query('checkpoint');
}

import pg from 'pg';
import type { Benchmark } from '../frame/benchmark.js';
import { cpuDetails, measure } from '../frame/measure.js';
import { ApiClient } from '../system/api-client.js';
import { clusterCode, Company, invoiceRowsMonth } from '../system/company.js';
import { startEmbeddedSystem } from '../system/embedded-system.js';
import { startProfiling } from '../system/profiling.js';

const usualSize = 1_000_000;
const target = 2;
/** Where `prepare` writes a row for each invoice or message. */
const tables = ['message_results', 'messages', 'message_contents', 'message_addresses'];

/** Preparing a run through the API, against what its rows alone cost the database. */
export const prepare: Benchmark = {
  name: 'prepare',
  what: 'preparing a run of a million invoices; against INSERT … SELECT of the rows that this makes',
  deadlineMinutes: 45,
  run: async ({ size = usualSize }, place) => {
    const system = await startEmbeddedSystem(place);
    const company = new Company(new ApiClient(system), {
      // Nothing is sent.
      sink: { host: '127.0.0.1', port: 25 },
      connections: 1,
    });
    await company.setUp();
    const client = new pg.Client(system.databaseUrl);
    await client.connect();
    place.atEnd(() => client.end());
    await fillInvoices(client, size);

    const profiling = await startProfiling(system.databaseUrl);
    const prepared = await measure(
      size,
      async () => {
        const { expectedMessages } = await company.prepare(invoiceRowsMonth);
        if (expectedMessages !== size) throw new Error(`${expectedMessages} of ${size} messages were made.`);
      },
      system.watched,
    );
    await profiling?.end(size);
    const copied = await measure(size, () => insertSelect(client), system.watched);
    return [
      {
        name: `prepare, ${size} invoices`,
        unit: 's',
        baseline: copied.seconds,
        measured: prepared.seconds,
        better: 'less',
        target,
        details: { ...cpuDetails('INSERT … SELECT', copied), ...cpuDetails('prepare', prepared) },
      },
    ];
  },
};

/** Customers of one approved invoice each, as imports would have left them, written past the API: it is not measured here. */
async function fillInvoices(client: pg.Client, count: number): Promise<void> {
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

/** The same rows into tables of the same shape, with the same indexes. */
async function insertSelect(client: pg.Client): Promise<void> {
  await client.query('create schema baseline');
  for (const table of tables) {
    await client.query(`create table baseline.${table} (like ${table} including all)`);
    await client.query(`insert into baseline.${table} select * from ${table}`);
  }
}

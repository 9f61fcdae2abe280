import pg from 'pg';
import type { Benchmark } from '../frame/benchmark.js';
import { cpuDetails, measure } from '../frame/measure.js';
import { ApiClient } from '../system/api-client.js';
import { Company, invoiceRowsMonth } from '../system/company.js';
import { startEmbeddedSystem } from '../system/embedded-system.js';
import { fillInvoices } from '../system/invoice-rows.js';
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

/** The same rows into tables of the same shape, with the same indexes. */
async function insertSelect(client: pg.Client): Promise<void> {
  await client.query('create schema baseline');
  for (const table of tables) {
    await client.query(`create table baseline.${table} (like ${table} including all)`);
    await client.query(`insert into baseline.${table} select * from ${table}`);
  }
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** Where each measured process leaves a profile of its processor time, and PostgreSQL the cost of its statements. */
export const profilesFolder = (): string | undefined => process.env['MAILRUN_BENCH_PROFILES'];

/** Settings of a PostgreSQL that counts what statements cost, and logs the plans of slow ones. */
export const countingSettings = {
  shared_preload_libraries: 'pg_stat_statements,auto_explain',
  'auto_explain.log_min_duration': '15ms',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_parameter_max_length': '0',
  'pg_stat_statements.track_planning': 'on',
  'pg_stat_statements.max': '2000',
} as const;

/**
 * Begins to count statements; undefined when no profiles are wanted. `end` writes `statements.txt` and `window.json`: when
 * the measured work began and ended, in microseconds of the clock of the processes' profiles (CLOCK_MONOTONIC).
 */
export async function startProfiling(
  databaseUrl: string,
): Promise<{ end(mails: number): Promise<void> } | undefined> {
  const folder = profilesFolder();
  if (folder === undefined) return undefined;
  await withClient(databaseUrl, async (client) => {
    await client.query('create extension if not exists pg_stat_statements');
    await client.query('select pg_stat_statements_reset()');
  });
  const nowUs = () => Number(process.hrtime.bigint() / 1000n);
  const fromUs = nowUs();
  return {
    end: async (mails) => {
      await writeFile(join(folder, 'window.json'), JSON.stringify({ fromUs, toUs: nowUs() }));
      await writeStatements(databaseUrl, folder, mails);
    },
  };
}

/** The most expensive statements since the reset, per mail. */
async function writeStatements(url: string, folder: string, mails: number): Promise<void> {
  const { rows } = await withClient(url, (client) =>
    client.query(
      `select round((total_exec_time * 1000 / $1)::numeric, 1) as exec_us, round((total_plan_time * 1000 / $1)::numeric, 1) as plan_us,
         calls, rows, round((wal_bytes / $1)::numeric) as wal_bytes, r.rolname as role,
         regexp_replace(query, '\\s+', ' ', 'g') as statement
       from pg_stat_statements s join pg_roles r on r.oid = s.userid
       order by total_exec_time + total_plan_time desc limit 60`,
      [mails],
    ),
  );
  const lines = (rows as Record<string, unknown>[]).map(
    ({ exec_us, plan_us, calls, rows: count, wal_bytes, role, statement }) =>
      `${exec_us} µs a mail, planned in ${plan_us} µs; ${calls} calls, ${count} rows, ${wal_bytes} bytes of log a mail; ${role}\n  ${statement}`,
  );
  await writeFile(join(folder, 'statements.txt'), `${lines.join('\n')}\n`);
}

async function withClient<Value>(url: string, work: (client: pg.Client) => Promise<Value>): Promise<Value> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

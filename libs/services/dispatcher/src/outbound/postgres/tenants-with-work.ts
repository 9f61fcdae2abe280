import type { Database } from '@mailrun/platform-persistence';

/** Tenants that have open mails: for whom to open a transaction over all. */
export async function tenantsWithWork(database: Database): Promise<string[]> {
  const rows = await database.once<{ id: string }>(
    [],
    'tenants-with-work',
    'select distinct tenant_id as id from waiting_runs',
    [],
  );
  return rows.map(({ id }) => id);
}

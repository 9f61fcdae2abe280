import type { Database } from './database.js';

/** Removes answers of idempotency keys older than 24 h of the given tenants. Called daily by each service. */
export async function sweepIdempotencyKeys(
  database: Database,
  tenantIds: readonly string[],
): Promise<number> {
  return database.inTenants(tenantIds, (tx) =>
    tx.execute(`delete from idempotency_keys where created_at < now() - interval '24 hours'`),
  );
}

/** Makes the partitions of the next three months; to be called daily. Returns how many days are left. */
export async function extendPartitions(database: Database): Promise<number> {
  return database.withoutTenant(async (tx) => {
    await tx.query('select ensure_partitions(3)');
    const [row] = await tx.query<{ days: number }>('select partition_days_left() as days');
    return row?.days ?? 0;
  });
}

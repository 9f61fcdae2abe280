import type { DataSource } from 'typeorm';

/**
 * Refuses to serve as a role that row-level security would not hold: superuser, BYPASSRLS, or the owner of any
 * table of the schema (an owner could drop the policies).
 */
export async function assertRestrictedRole(dataSource: DataSource, schema: string): Promise<void> {
  const rows = (await dataSource.query(
    `select rolsuper or rolbypassrls or exists (
       select from pg_class where relnamespace = to_regnamespace($1) and relowner = pg_roles.oid) as "isTooPowerful",
       to_regclass($1 || '.audit_entries') is not null as "isMigrated"
     from pg_roles where rolname = current_user`,
    [schema],
  )) as { isTooPowerful: boolean; isMigrated: boolean }[];
  const role = rows[0];
  if (role?.isTooPowerful !== false) {
    throw new Error(
      `The database role of schema ${schema} is a superuser, owner or has BYPASSRLS: tenants would not be isolated. ` +
        `Connect as the role ${schema} that 'bootstrap' made.`,
    );
  }
  if (!role.isMigrated) throw new Error(`Schema ${schema} is not migrated. Run the 'migrate' command first.`);
}

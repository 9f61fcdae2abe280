import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tenants and their API keys. Two tables have no row-level security and hold no content: whose key an id is, read
 * before the tenant is known, and the modes that the dispatcher has to be told.
 */
export class Tenants1763900200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table tenants (
      tenant_id uuid primary key, name text not null, mode text not null default 'test' check (mode in ('test', 'live')),
      mode_revision int not null default 1, test_addresses text[] not null default '{}',
      allowed_bcc_domains text[] not null default '{}', locale text not null default 'en',
      time_zone text not null default 'UTC', version int not null default 1,
      created_at timestamptz not null default now(), updated_at timestamptz not null default now())`);
    await runner.query(`create table api_keys (
      tenant_id uuid not null references tenants, id uuid primary key, name text not null, secret_hash text not null,
      scopes text[] not null, created_at timestamptz not null default now(), expires_at timestamptz, revoked_at timestamptz)`);
    await runner.query(`create index api_keys_by_tenant on api_keys (tenant_id, id)`);
    await runner.query(`create table api_key_tenants (id uuid primary key, tenant_id uuid not null)`);
    await runner.query(`create table tenant_modes (
      tenant_id uuid primary key, mode text not null, revision int not null, confirmed_revision int not null default 0)`);
    await runner.query(
      `create index tenant_modes_untold on tenant_modes (tenant_id) where confirmed_revision < revision`,
    );
    for (const table of ['tenants', 'api_keys']) await runner.query(`select isolate_tenants('${table}')`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

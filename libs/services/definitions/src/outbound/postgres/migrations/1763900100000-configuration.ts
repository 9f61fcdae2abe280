import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * All configuration is objects by kind and key with a content of their own contract; what differs between kinds is
 * data, so they share one table, one for published versions and one for secrets.
 */
export class Configuration1763900100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table configuration_objects (
      tenant_id uuid not null, kind text not null check (kind in ('message-server', 'sender', 'recipient-key',
        'password-key', 'message-template', 'image', 'invoice-transformation', 'message-definition')),
      key text not null, version int not null default 1, content jsonb not null, published_version int,
      is_published boolean not null default false,
      created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
      primary key (tenant_id, kind, key))`);
    await runner.query(`create table configuration_versions (
      tenant_id uuid not null, kind text not null, key text not null, number int not null, content jsonb not null,
      actor text, published_at timestamptz not null default now(), primary key (tenant_id, kind, key, number))`);
    await runner.query(`create table configuration_secrets (
      tenant_id uuid not null, kind text not null, key text not null, key_id text not null, ciphertext text not null,
      primary key (tenant_id, kind, key),
      foreign key (tenant_id, kind, key) references configuration_objects on delete cascade)`);
    for (const table of ['configuration_objects', 'configuration_versions', 'configuration_secrets']) {
      await runner.query(`select isolate_tenants('${table}')`);
    }
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

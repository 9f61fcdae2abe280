import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Message servers that a person paused. */
export class PauseServers1760000003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Without content (who and why is in the audit log), so without row-level security: the loop that looks for work
    // looks here for all tenants at once.
    await runner.query(`create table paused_servers (
      tenant_id uuid not null, server_key text not null, since timestamptz not null default now(),
      primary key (tenant_id, server_key))`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

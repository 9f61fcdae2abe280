import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Rounds that were under way when the database was backed up: their mails are held, also those that come later. And when
 * the restore was reconciled: other records from before are dropped.
 */
export class KeepRestoredRounds1760000005000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table restored_rounds (
      tenant_id uuid not null, run_id uuid primary key, round int not null, reply jsonb not null)`);
    await runner.query(
      `create table restores (tenant_id uuid primary key, reconciled_at timestamptz not null)`,
    );
    await runner.query(`select isolate_tenants('restored_rounds')`);
    await runner.query(`select isolate_tenants('restores')`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

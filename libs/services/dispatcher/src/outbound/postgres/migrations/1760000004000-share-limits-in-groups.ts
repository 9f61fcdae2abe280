import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Servers that share their limits: whose shares count for whom. */
export class ShareLimitsInGroups1760000004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table server_connections add column limit_group text');
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

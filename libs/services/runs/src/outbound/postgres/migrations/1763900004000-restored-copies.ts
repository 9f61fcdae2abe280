import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far the copies of a restored run were named to the dispatcher, by message. */
export class RestoredCopies1763900004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table message_runs add column restored_checkpoint uuid`);
    await runner.query(`alter table tenants_with_work drop constraint tenants_with_work_kind_check`);
    await runner.query(`alter table tenants_with_work add constraint tenants_with_work_kind_check
      check (kind in ('prepare', 'run', 'gate', 'event', 'round', 'decide', 'held', 'restored'))`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

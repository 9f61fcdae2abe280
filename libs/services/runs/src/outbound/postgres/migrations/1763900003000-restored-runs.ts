import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a run must remember after the database was restored from a backup. */
export class RestoredRuns1763900003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Messages of rounds up to restored_round that are not known to have been accepted may have left after the backup:
    // they are named to the dispatcher as uncertain instead of being fed.
    await runner.query(
      `alter table message_runs add column restored_to timestamptz, add column restored_round int`,
    );
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

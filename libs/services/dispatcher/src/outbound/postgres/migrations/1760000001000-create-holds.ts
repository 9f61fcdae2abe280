import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What holds all mails back, and the number by which a restored database is known. */
export class CreateHolds1760000001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // A tenant, or the zero UUID for the whole installation. Without content, so without row-level security: the
    // statements that claim and mark mails look here for all their tenants at once.
    await runner.query(`create table dispatch_holds (
      scope uuid primary key, reason text not null check (reason in ('operator', 'restored')), note text,
      since timestamptz not null default now())`);
    // One row. It grows all the time and is kept in the blob store too: a store that is ahead tells of a restore.
    await runner.query(`create table dispatch_epoch (
      is_only boolean primary key default true check (is_only), epoch bigint not null, raised_at timestamptz not null)`);
    await runner.query(`insert into dispatch_epoch (epoch, raised_at) values (0, '-infinity')`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Circuit, rate and lanes of mail servers; how long a mail is tried. */
export class ShareServerHealth1760000002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // What replicas share of a server is gone with the row, and heals in a second.
    await runner.query('truncate server_states');
    await runner.query('truncate server_connections');
    // Decided about under the row's lock by rules of the domain, which alone read it: see server-health.ts.
    await runner.query(`alter table server_states
      drop column settings_version, drop column next_slot_at, drop column faults, drop column paused_until,
      drop column pause_reply, add column health jsonb not null`);
    await runner.query(`alter table server_connections
      add column wants_lanes boolean not null default false, add column lanes int[] not null default '{}',
      add column sent_per_minute float8 not null default 0`);
    await runner.query(`alter table sealed_mails add column give_up_after_hours int not null default 72
      check (give_up_after_hours > 0)`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Acts on a run under way: pausing, rounds with further copies, decisions about uncertain mails. */
export class Acts1763900002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Since when it has been running: what mails did before that does not pause it again.
    await runner.query(`alter table message_runs add column resumed_at timestamptz`);
    // How many messages may still be fed before the run pauses itself, and why it does then; null: all may. At zero,
    // only those of rounds after the held one are fed, from a position of their own.
    await runner.query(`alter table run_feeds add column messages_left int check (messages_left >= 0),
      add column held_round int, add column later_position uuid, add column pause_why text`);
    // What the copies before the newest one came to at best; null: nothing that reached anyone, or may have. Where that
    // decides the message's state, the newest copy's own state and reason are kept beside it.
    await runner.query(`alter table messages add column earlier_state text
      check (earlier_state in ('sent', 'partly-sent', 'accepted', 'deferred', 'uncertain')),
      add column own_state text, add column own_reason text`);

    // Why a round was begun, and how far its copies are made: those of messages up to the checkpoint are.
    await runner.query(`create table run_rounds (
      tenant_id uuid not null, run_id uuid not null references message_runs, round int not null,
      kind text not null check (kind in ('first', 'send-rest', 'retry-failed', 'resend')),
      message_id uuid, note text, checkpoint uuid, is_open boolean not null, messages int not null default 0,
      left_out int not null default 0, created_at timestamptz not null default now(), primary key (run_id, round))`);
    await runner.query(`create index run_rounds_opening on run_rounds (run_id, round) where not is_open`);
    // To whom a copy after the first one goes: the customer's addresses when it was made.
    await runner.query(`create table copy_recipients (
      tenant_id uuid not null, message_id uuid not null, copy int not null, recipients json not null,
      primary key (message_id, copy)) partition by range (message_id)`);
    // Lower-case addresses that some copy reached while others of the message were not: a retry leaves them out.
    await runner.query(`create table reached_addresses (
      tenant_id uuid not null, message_id uuid not null, address text collate "C" not null,
      primary key (message_id, address)) partition by range (message_id)`);
    // Copies whose sealed mail was lost before it left: the next one is made by itself.
    await runner.query(`create table lost_mails (
      tenant_id uuid not null, message_id uuid primary key, run_id uuid not null references message_runs, copy int not null)`);
    await runner.query(`create index lost_mails_by_run on lost_mails (run_id, message_id)`);

    // What people decided about uncertain mails: of one message, or of all of the run. Carried out in chunks.
    await runner.query(`create table decisions (
      tenant_id uuid not null, id uuid primary key default uuid_v7(), run_id uuid not null references message_runs,
      message_id uuid, decision text not null check (decision in ('treat-as-sent', 'send-again')), note text, actor text,
      checkpoint uuid, done_at timestamptz, decided int not null default 0, refused int not null default 0,
      refusals jsonb not null default '[]', created_at timestamptz not null default now())`);
    await runner.query(`create index decisions_by_run on decisions (run_id, id)`);

    // The earliest next try of a run is found without looking at all that wait.
    await runner.query(`drop index message_watches_by_run`);
    await runner.query(`create index message_watches_by_run on message_watches (run_id, check_at)`);

    await runner.query(`alter table tenants_with_work drop constraint tenants_with_work_kind_check`);
    await runner.query(`alter table tenants_with_work add constraint tenants_with_work_kind_check
      check (kind in ('prepare', 'run', 'gate', 'event', 'round', 'decide', 'held'))`);

    for (const table of ['copy_recipients', 'reached_addresses']) {
      await runner.query(`insert into partitioned_tables (table_name) values ($1)`, [table]);
    }
    for (const table of ['run_rounds', 'copy_recipients', 'reached_addresses', 'lost_mails', 'decisions']) {
      await runner.query(`select isolate_tenants($1::regclass)`, [table]);
    }
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The queue, its content, its history, and what limits it. */
export class CreateMails1760000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

/** Settings of tables whose rows change often and live short: clean up after 1,000 dead rows, not after a fifth. */
const busyTable = `autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000`;

/** The same for partitions that keep their rows, with room on each page for the next version of its rows. */
const busyPartition =
  'fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000';

const statements = [
  // One row for each message and copy: what is claimed. Kept narrow, because each mail rewrites it three times;
  // content lies in sealed_mails, which is never changed.
  `create table mails (
     tenant_id uuid not null,
     message_id uuid not null,
     copy int not null,
     run_id uuid not null,
     round int not null,
     mode text not null check (mode in ('test', 'live')),
     server_key text,
     from_key text,
     in_doubt_policy text not null check (in_doubt_policy in ('hold', 'repeat')),
     state text not null check (state in
       ('accepted', 'deferred', 'claimed', 'transmitting', 'uncertain', 'sent', 'failed', 'partly-sent', 'stopped')),
     revision int not null,
     attempts int not null default 0,
     retries int not null default 0,
     due_at timestamptz,
     lease_until timestamptz,
     attempt_token uuid,
     reply jsonb,
     traceparent text,
     created_at timestamptz not null,
     updated_at timestamptz not null,
     primary key (message_id, copy)
   ) partition by range (message_id)`,
  // What may be claimed, by run and server, the longest due first: only waiting mails (accepted, deferred) have a due
  // time, only those in a dispatcher's hands (claimed, transmitting) a lease. No index looks at the state, so that
  // marking a mail as transmitting touches none (heap-only update).
  `create index mails_waiting on mails (run_id, server_key, due_at) where due_at is not null`,
  `create index mails_leased on mails (lease_until) where lease_until is not null`,

  // The finished mail: bytes here when small, else in the blob store. Written once.
  `create table sealed_mails (
     tenant_id uuid not null,
     message_id uuid not null,
     copy int not null,
     sha256 text not null,
     size_bytes int not null,
     message_id_header text not null,
     subject text not null,
     envelope_from text not null,
     blob_key text,
     bytes bytea,
     primary key (message_id, copy),
     check ((blob_key is null) <> (bytes is null))
   ) partition by range (message_id)`,

  // A state of its own only where it differs from what the mail's state says.
  `create table recipients (
     tenant_id uuid not null,
     message_id uuid not null,
     copy int not null,
     position smallint not null,
     kind text not null check (kind in ('to', 'cc', 'bcc')),
     address text not null,
     state text check (state in ('pending', 'accepted', 'deferred', 'refused', 'uncertain', 'stopped')),
     reply jsonb,
     primary key (message_id, copy, position)
   ) partition by range (message_id)`,

  // One row for each conversation that was begun.
  `create table attempts (
     tenant_id uuid not null,
     message_id uuid not null,
     copy int not null,
     number int not null,
     state text not null check (state in ('sent', 'partly-sent', 'failed', 'deferred', 'uncertain')),
     server_key text,
     started_at timestamptz not null,
     ended_at timestamptz not null,
     reply jsonb,
     primary key (message_id, copy, number)
   ) partition by range (message_id)`,

  // Outcomes that may not have left yet. One entry holds those of one commit, so that writing and removing it costs
  // next to nothing for each mail. Ids only, so that a sweep finds them without knowing the tenants.
  `create table outbox_entries (
     id uuid primary key default gen_random_uuid(),
     tenant_ids uuid[] not null,
     message_ids uuid[] not null,
     copies int[] not null,
     created_at timestamptz not null default now()
   ) with (${busyTable})`,
  `create view outbox as
     select e.id as entry_id, e.created_at, k.tenant_id, k.message_id, k.copy
     from outbox_entries e cross join lateral unnest(e.tenant_ids, e.message_ids, e.copies) as k(tenant_id, message_id, copy)`,

  // The gate of each round of a run; the greatest revision wins. While sweep_until lies ahead, mails that a
  // conversation gives back are stopped as well.
  `create table run_gates (
     tenant_id uuid not null,
     run_id uuid not null,
     round int not null,
     revision int not null,
     state text not null check (state in ('running', 'paused', 'stopped')),
     sweep_until timestamptz,
     updated_at timestamptz not null default now(),
     primary key (run_id, round)
   )`,
  `create index run_gates_to_sweep on run_gates (sweep_until) where sweep_until is not null`,

  // A tenant without a row is in mode test, as tenants are when created.
  `create table tenant_modes (
     tenant_id uuid primary key,
     mode text not null check (mode in ('test', 'live')),
     revision int not null,
     updated_at timestamptz not null default now()
   )`,

  // Where work may be: no content, so no row-level security, and a loop finds the tenants to work for.
  `create table waiting_runs (
     tenant_id uuid not null,
     server_key text not null,
     run_id uuid not null,
     mode text not null,
     next_due_at timestamptz not null,
     touched_at timestamptz not null default now(),
     primary key (tenant_id, server_key, run_id)
   ) with (${busyTable}, fillfactor = 70)`,

  // What all replicas share about a mail server: the next free moment of its rate, and whether it is paused.
  `create table server_states (
     tenant_id uuid not null,
     server_key text not null,
     settings_version int not null,
     next_slot_at timestamptz not null,
     faults int not null default 0,
     paused_until timestamptz,
     pause_reply jsonb,
     updated_at timestamptz not null default now(),
     primary key (tenant_id, server_key)
   ) with (${busyTable}, fillfactor = 50)`,

  // Connections to a mail server that each replica may hold, until its lease ends.
  `create table server_connections (
     tenant_id uuid not null,
     server_key text not null,
     holder uuid not null,
     wanted int not null,
     granted int not null,
     lease_until timestamptz not null,
     primary key (tenant_id, server_key, holder)
   ) with (${busyTable}, fillfactor = 50)`,

  `insert into partitioned_tables (table_name, storage) values ('mails', '${busyPartition}'), ('sealed_mails', null),
     ('recipients', null), ('attempts', null)`,
  // Archives and Base64 do not pack well, and each mail is read once or twice: no time is spent on packing.
  `alter table sealed_mails alter column bytes set storage external`,
  ...[
    'mails',
    'sealed_mails',
    'recipients',
    'attempts',
    'run_gates',
    'tenant_modes',
    'server_states',
    'server_connections',
  ].map((table) => `select isolate_tenants('${table}')`),

  // Every statement of the hot paths finds its rows by key, in batches. Planned while the tables are small, they would
  // read them whole, and go on doing so while they grow; so the run-time role (named like the schema) plans for
  // indexes, once for each connection.
  `do $$
   declare setting text;
   begin
     foreach setting in array array['enable_seqscan = off', 'enable_hashjoin = off', 'enable_mergejoin = off', 'enable_material = off',
                                    'jit = off', 'plan_cache_mode = force_generic_plan'] loop
       execute format('alter role %I in database %I set %s', current_schema(), current_database(), setting);
     end loop;
   end $$`,
];

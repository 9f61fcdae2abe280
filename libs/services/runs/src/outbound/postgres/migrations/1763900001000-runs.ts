import type { MigrationInterface, QueryRunner } from 'typeorm';

const messageStates = `'pending', 'queued', 'accepted', 'sent', 'skipped', 'failed', 'deferred', 'uncertain', 'partly-sent', 'stopped'`;

/** The engine: runs, their preparations, results, messages, counters, and what is under way. */
export class Runs1763900001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // UUIDv7 whose order is that of n: rows made in one statement keep the order of customers and invoices, and
    // indexes grow at their right end. 4,096 ids a millisecond, beginning with base_ms.
    await runner.query(`create function uuid_v7_nth(base_ms bigint, n bigint) returns uuid language sql volatile parallel safe
      as $$ select (lpad(to_hex(base_ms + (n >> 12)), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0')
        || substr(gen_random_uuid()::text, 19))::uuid $$`);
    // Money as people write it: at least two digits after the point, and no zeros after those.
    await runner.query(`create function plain_decimal(amount numeric) returns text language sql immutable parallel safe
      as $$ select case when scale(trim_scale(amount)) < 2 then round(amount, 2) else trim_scale(amount) end::text $$`);

    await runner.query(`create table message_runs (
      tenant_id uuid not null, id uuid primary key default uuid_v7(), definition_key text not null,
      selection jsonb not null, bcc jsonb not null default '[]', send_again boolean not null default false, note text,
      state text not null default 'draft' check (state in ('draft', 'preparing', 'prepared', 'running', 'paused', 'stopped', 'completed')),
      why text, mode text check (mode in ('test', 'live')), preparation_id uuid,
      in_doubt_policy text check (in_doubt_policy in ('hold', 'repeat')), version int not null default 1,
      created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
      prepared_at timestamptz, started_at timestamptz, first_pass_done_at timestamptz, ended_at timestamptz)`);
    await runner.query(`create index message_runs_by_tenant on message_runs (tenant_id, id)`);

    // One preparation of a run. Its rows (results, messages, …) lie between first_id and last_id: so they are read
    // by primary key, and no index on the run is paid for when a million of them are made.
    await runner.query(`create table preparations (
      tenant_id uuid not null, id uuid primary key default uuid_v7(), run_id uuid not null references message_runs,
      replaces uuid, step text not null default 'clear' check (step in ('clear', 'select', 'documents', 'judge', 'done')),
      checkpoint int not null default 0, chunks int not null default 0, mode text not null, definition jsonb not null,
      pins_key text not null, pins_sha256 text not null, pins_size_bytes int not null,
      messages_per_minute int, max_size_bytes bigint,
      looked_at int not null default 0, documents_asked int not null default 0, judged int not null default 0,
      messages int not null default 0, attachment_bytes bigint not null default 0,
      not_approved int not null default 0, period_ends_outside int not null default 0, mailed_before int not null default 0,
      not_the_group jsonb not null default '{}', skipped jsonb not null default '{}',
      first_id uuid not null default uuid_v7_floor(clock_timestamp() - interval '1 minute'), last_id uuid,
      created_at timestamptz not null default now(), ended_at timestamptz)`);
    await runner.query(`create index preparations_by_run on preparations (run_id)`);

    // The invoices that a preparation looks at, fixed by one statement: arrays of about 20,000, in the order of
    // customers, none of whom is split. Gone when the preparation is done.
    await runner.query(`create table preparation_chunks (
      tenant_id uuid not null, preparation_id uuid not null references preparations on delete cascade, number int not null,
      customer_ids uuid[] not null, invoice_ids uuid[] not null, revisions int[] not null,
      is_judged boolean not null default false,
      primary key (preparation_id, number))`);
    for (const column of ['customer_ids', 'invoice_ids']) {
      await runner.query(`alter table preparation_chunks alter column ${column} set storage external`);
    }

    // Documents that the renderer is asked to make while a run is prepared. Gone when the preparation is done.
    await runner.query(`create table document_orders (
      tenant_id uuid not null, id uuid primary key, preparation_id uuid not null references preparations on delete cascade,
      invoice_id uuid not null, invoice_revision int not null, transformation_key text not null, made_from text not null,
      state text not null default 'waiting' check (state in ('waiting', 'asked', 'made', 'failed')),
      asks int not null default 0, ask_again_at timestamptz, failure jsonb)
      with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02)`);
    await runner.query(
      `create index document_orders_open on document_orders (preparation_id, id) where state in ('waiting', 'asked')`,
    );
    await runner.query(
      `create index document_orders_failed on document_orders (preparation_id, invoice_id) where state = 'failed'`,
    );

    // One row for each invoice looked at, with its documents as pinned. skip_reason null: it is carried by the message,
    // and its status is the message's; so nothing is written here while messages are on their way.
    await runner.query(`create table message_results (
      tenant_id uuid not null, id uuid not null, run_id uuid not null, preparation_id uuid not null,
      invoice_id uuid not null, invoice_revision int not null, customer_id uuid not null,
      message_id uuid, position int, documents json, skip_reason text, detail jsonb,
      updated_at timestamptz not null default now(),
      primary key (id), check (message_id is not null or skip_reason is not null)) partition by range (id)`);
    await runner.query(`create index message_results_by_invoice on message_results (invoice_id)`);
    await runner.query(`create index message_results_by_message on message_results (message_id, id)`);

    // One row for each mail, with the newest of its copies: small, and no index on what changes (HOT updates).
    await runner.query(`create table messages (
      tenant_id uuid not null, id uuid not null, run_id uuid not null, preparation_id uuid not null,
      customer_id uuid not null, round int not null default 1, copy int not null default 1, revision int not null default 0,
      state text not null default 'pending' check (state in (${messageStates})), reason text,
      invoices int not null, part int, has_accepted boolean not null default false,
      next_try_at timestamptz, fed_at timestamptz, updated_at timestamptz not null default now(),
      primary key (id)) partition by range (id)`);

    // The customer and the recipients as pinned. Never updated.
    await runner.query(`create table message_contents (
      tenant_id uuid not null, message_id uuid not null, customer json not null, recipients json not null,
      primary key (message_id)) partition by range (message_id)`);
    // Lower-case, for the filter by address: row-level security keeps expressions and arrays from using an index.
    await runner.query(`create table message_addresses (
      tenant_id uuid not null, address text collate "C" not null, message_id uuid not null,
      primary key (address, message_id)) partition by range (message_id)`);
    // The copies before the newest one.
    await runner.query(`create table message_copies (
      tenant_id uuid not null, message_id uuid not null, copy int not null, round int not null, revision int not null,
      state text not null check (state in (${messageStates})), reason text, has_accepted boolean not null default false,
      primary key (message_id, copy)) partition by range (message_id)`);
    await runner.query(`create table message_history (
      tenant_id uuid not null, message_id uuid not null, copy int not null, revision int not null,
      at timestamptz not null, state text not null, code text, attempts int, server_key text, smtp_code int,
      enhanced_code text, server_text text, detail text, line int, "column" int, next_try_at timestamptz,
      primary key (message_id, copy, revision)) partition by range (message_id)`);

    // Each invoice once for each definition, over all live runs. No sequence of events puts two holders here.
    await runner.query(`create table invoice_claims (
      tenant_id uuid not null, definition_key text collate "C" not null, invoice_id uuid not null,
      invoice_revision int not null, message_id uuid not null, copy int not null,
      primary key (tenant_id, definition_key, invoice_id, invoice_revision))
      with (autovacuum_vacuum_scale_factor = 0.05)`);

    // Changed in the transaction that changes the rows; the count is the sum over shards, so that transactions of
    // the same run do not wait for one another.
    await runner.query(`create table run_counters (
      tenant_id uuid not null, preparation_id uuid not null, unit text not null check (unit in ('invoices', 'messages')),
      status text not null check (status in (${messageStates})), reason text not null, shard int not null,
      count bigint not null, primary key (preparation_id, unit, status, reason, shard))
      with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`);
    // Mails tried in each of the last sixteen seconds, in a ring.
    await runner.query(`create table run_rates (
      tenant_id uuid not null, run_id uuid not null, slot int not null, shard int not null, second bigint not null,
      mails int not null, primary key (run_id, slot, shard))
      with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`);

    // How far a run's pending messages were fed, in the order of their ids. Its lock makes one replica feed a run at a time.
    await runner.query(`create table run_feeds (
      tenant_id uuid not null, run_id uuid primary key references message_runs, preparation_id uuid not null,
      round int not null, position uuid)
      with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`);
    // Messages that were just fed, batch by batch: when runs looks after them by itself. Most are final by then; only the
    // others get a watch of their own.
    await runner.query(`create table batch_watches (
      tenant_id uuid not null, id uuid primary key default gen_random_uuid(), run_id uuid not null,
      message_ids uuid[] not null, check_at timestamptz not null)
      with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`);
    await runner.query(`create index batch_watches_due on batch_watches (check_at)`);
    // Single messages under way: when runs feeds one again, or asks for its outcome. Gone when final.
    await runner.query(`create table message_watches (
      tenant_id uuid not null, message_id uuid primary key, run_id uuid not null, check_at timestamptz not null,
      feeds int not null default 1)
      with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000)`);
    await runner.query(`create index message_watches_due on message_watches (check_at)`);
    await runner.query(`create index message_watches_by_run on message_watches (run_id)`);

    // The state of each round as the dispatcher must know it; confirmed_revision < revision: tell it again.
    await runner.query(`create table run_gates (
      tenant_id uuid not null, run_id uuid not null references message_runs, round int not null, revision int not null,
      state text not null check (state in ('running', 'paused', 'stopped')), confirmed_revision int not null default 0,
      started_at timestamptz not null default now(), primary key (run_id, round))`);

    // Addresses not to be mailed, in lower case.
    await runner.query(`create table suppressions (
      tenant_id uuid not null, address text collate "C" not null, origin text not null, reason text,
      created_at timestamptz not null default now(), primary key (tenant_id, address))`);

    // Which tenants' transactions to open, and what for. Without content, so without row-level security.
    await runner.query(`create table tenants_with_work (
      run_id uuid not null, tenant_id uuid not null, kind text not null check (kind in ('prepare', 'run', 'gate', 'event')),
      token uuid not null default gen_random_uuid(), primary key (run_id, kind))`);

    // Room for the two changes of each message, so that they touch no index, and early cleaning.
    const storage: Record<string, string | null> = {
      message_results: 'fillfactor=95',
      messages: 'fillfactor=60, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=5000',
      message_contents: null,
      message_addresses: null,
      message_copies: null,
      message_history: null,
    };
    for (const [table, parameters] of Object.entries(storage)) {
      await runner.query(`insert into partitioned_tables (table_name, storage) values ($1, $2)`, [
        table,
        parameters,
      ]);
      await runner.query(`select isolate_tenants($1::regclass)`, [table]);
    }
    for (const table of [
      'message_runs',
      'preparations',
      'preparation_chunks',
      'document_orders',
      'invoice_claims',
      'run_counters',
      'run_rates',
      'run_feeds',
      'batch_watches',
      'message_watches',
      'run_gates',
      'suppressions',
    ]) {
      await runner.query(`select isolate_tenants($1::regclass)`, [table]);
    }
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

import type { ServiceWithSchema } from './naming.js';

/**
 * What every service's schema has before its own migrations: ids that sort by time, monthly partitions, tenant
 * isolation, idempotency keys, the audit log. Each statement is harmless when repeated.
 */
export function platformStatements(schema: string): string[] {
  return [
    // UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, version 7, 74 random bits. PostgreSQL 18 has uuidv7() of its own.
    `create or replace function uuid_v7(at timestamptz default clock_timestamp()) returns uuid
       language sql volatile parallel safe
       as $$ select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
         placing substring(int8send((extract(epoch from at) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid $$`,
    // The smallest UUIDv7 of a time: bounds of partitions and of queries by time.
    `create or replace function uuid_v7_floor(at timestamptz) returns uuid
       language sql immutable parallel safe
       as $$ select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid $$`,
    // The caller's tenants: policies compare with it. Inside of the sub-select PostgreSQL reads and casts the setting once
    // for each statement, and indexes are used; the outer cast, which does nothing, keeps \`any\` from taking the
    // sub-select's rows instead of its array.
    `create or replace function isolate_tenants(target regclass) returns void language plpgsql as $$
     begin
       execute format('alter table %s enable row level security', target);
       execute format('alter table %s force row level security', target);
       execute format('create policy tenant_isolation on %s using (tenant_id = any((select nullif(current_setting(''mailrun.tenants'', true), '''')::uuid[])::uuid[]))', target);
     end $$`,
    // `storage` holds parameters of each partition (fillfactor, autovacuum): a partitioned parent can't have any.
    `create table if not exists partitioned_tables (table_name text primary key, storage text)`,
    // Monthly partitions from the current month to \`months_ahead\` months later. Runs with the owner's rights, so
    // that the run-time role, which owns nothing, can call it daily.
    `create or replace function ensure_partitions(months_ahead int) returns int
       language plpgsql security definer set search_path = ${schema}, pg_temp as $$
     declare
       parent text; parameters text; first_day timestamptz; name text; made int := 0;
     begin
       perform pg_advisory_xact_lock(hashtext('${schema}.ensure_partitions'));
       for parent, parameters in select table_name, storage from partitioned_tables order by 1 loop
         for step in -1..greatest(months_ahead, 0) loop
           first_day := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => step)) at time zone 'UTC';
           name := parent || '_' || to_char(first_day at time zone 'UTC', 'YYYYMM');
           if to_regclass('${schema}.' || name) is null then
             execute format('create table %I partition of %I for values from (%L) to (%L)', name, parent,
               uuid_v7_floor(first_day),
               uuid_v7_floor(((first_day at time zone 'UTC') + interval '1 month') at time zone 'UTC'));
             if parameters is not null then execute format('alter table %I set (%s)', name, parameters); end if;
             perform isolate_tenants(('${schema}.' || quote_ident(name))::regclass);
             execute format('grant select, insert, update, delete on %I to ${schema}', name);
             made := made + 1;
           end if;
         end loop;
       end loop;
       return made;
     end $$`,
    // For how many more days rows find a partition: an alert fires below 30.
    `create or replace function partition_days_left() returns int
       language sql stable security definer set search_path = ${schema}, pg_temp
       as $$ select coalesce(min(days), 9999)::int from (
         select max((to_date(right(child.relname, 6), 'YYYYMM') + interval '1 month')::date - (now() at time zone 'UTC')::date) as days
         from partitioned_tables t
         join pg_class parent on parent.relname = t.table_name and parent.relnamespace = '${schema}'::regnamespace
         join pg_inherits on inhparent = parent.oid
         join pg_class child on child.oid = inhrelid
         group by t.table_name) as reach $$`,
    // Answers of public POSTs, kept 24 h: the same key and body gets the same answer.
    `create table if not exists idempotency_keys (
       tenant_id uuid not null, key text not null, route text not null, request_hash bytea not null,
       status int not null, headers jsonb not null, body text not null, created_at timestamptz not null default now(),
       primary key (tenant_id, key))`,
    `create index if not exists idempotency_keys_created_at on idempotency_keys (created_at)`,
    `create table if not exists audit_entries (
       tenant_id uuid not null, id uuid primary key default uuid_v7(), at timestamptz not null default now(),
       api_key_id uuid, actor text, action text not null, subject text not null, before jsonb, after jsonb)`,
    `create index if not exists audit_entries_by_tenant on audit_entries (tenant_id, id)`,
    ...['idempotency_keys', 'audit_entries'].map(isolated),
  ];
}

/** The schema that keeps the dead letters of the embedded shape: renderer and packager have none. */
export const deadLetterSchema: ServiceWithSchema = 'runs';

/** Where the embedded shape keeps dead letters; on Kafka they have topics. */
export function deadLetterStatements(): string[] {
  return [
    `create table if not exists dead_letters (
       tenant_id uuid not null, id uuid primary key default uuid_v7(), topic text not null, service text not null,
       key text not null, headers jsonb not null, value text not null, family text not null, code text not null,
       detail text not null, failed_at timestamptz not null)`,
    // The number orders letters and names them to people.
    `alter table dead_letters
       add column if not exists number bigint generated always as identity,
       add column if not exists tries int not null default 1,
       add column if not exists replayable_until timestamptz not null default now() + interval '3 days',
       add column if not exists replay_asked_at timestamptz`,
    `create index if not exists dead_letters_in_order on dead_letters (topic collate "C", number)`,
    `create index if not exists dead_letters_asked on dead_letters (number) where replay_asked_at is not null`,
    isolated('dead_letters'),
    // Whose letters there are or were, without content and so without policy: the one who looks at all needs it.
    `create table if not exists dead_letter_tenants (tenant_id uuid primary key)`,
  ];
}

const isolated = (table: string) => `do $$ begin
  if not exists (select from pg_policy where polrelid = '${table}'::regclass) then perform isolate_tenants('${table}'); end if;
end $$`;

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What portal backends push: clusters, customers, invoices, documents, imports. Ids are ours, codes are theirs and
 * unique in the tenant. `version` grows with each change and is the ETag.
 */
export class BillingData1763900000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const versioned = `version int not null default 1, created_at timestamptz not null default now(), updated_at timestamptz not null default now()`;
    await runner.query(`create table customer_clusters (
      tenant_id uuid not null, id uuid primary key default uuid_v7(), code text not null, name text not null,
      parent_id uuid references customer_clusters, ${versioned}, unique (tenant_id, code))`);
    await runner.query(`create index customer_clusters_by_parent on customer_clusters (parent_id)`);
    await runner.query(`create table customers (
      tenant_id uuid not null, id uuid primary key default uuid_v7(), code text not null, name text not null,
      cluster_id uuid not null references customer_clusters, locale text, time_zone text,
      metadata jsonb not null default '{}', suspended boolean not null default false, ${versioned},
      unique (tenant_id, code))`);
    await runner.query(`create index customers_by_cluster on customers (cluster_id)`);
    // No index by address: under row-level security it could serve the tenant only (lower() is not leakproof), and
    // the planner, before statistics are there, would read all of the tenant through it for each customer.
    await runner.query(`create table customer_emails (
      tenant_id uuid not null, customer_id uuid not null references customers on delete cascade,
      recipient_key text not null, position int not null, kind text not null check (kind in ('to', 'cc', 'bcc')),
      address text not null, name text, primary key (customer_id, recipient_key, position))`);
    await runner.query(`create table customer_passwords (
      tenant_id uuid not null, customer_id uuid not null references customers on delete cascade,
      password_key text not null, key_id text not null, ciphertext text not null,
      primary key (customer_id, password_key))`);
    await runner.query(`create table invoices (
      tenant_id uuid not null, id uuid primary key default uuid_v7(), customer_id uuid not null references customers,
      code text not null, number text, period_first_day date not null, period_last_day date not null,
      issue_date date, status text not null
        check (status in ('pending', 'open', 'approving', 'approved', 'closed', 'error')),
      currency text not null, total numeric not null check (abs(total) < 1e18), data jsonb not null default '{}',
      revision int not null default 1, mailed_before boolean not null default false, ${versioned},
      unique (tenant_id, code), check (period_first_day <= period_last_day))`);
    await runner.query(`create index invoices_by_customer on invoices (customer_id, period_last_day)`);
    await runner.query(`create index invoices_by_period on invoices (tenant_id, period_last_day)`);
    // One document for each transformation of an invoice revision. The bytes lie in the blob store by content;
    // made_from is the hash of what a made document was made from, so that it is reused while nothing changed.
    await runner.query(`create table documents (
      tenant_id uuid not null, id uuid primary key default uuid_v7(), invoice_id uuid not null references invoices,
      invoice_revision int not null, transformation_key text not null,
      origin text not null check (origin in ('upload', 'made')), blob_key text not null, sha256 text not null,
      size_bytes bigint not null, content_type text not null, file_name text, made_from text,
      created_at timestamptz not null default now(), unique (invoice_id, invoice_revision, transformation_key))`);
    await runner.query(`create table imports (
      tenant_id uuid not null, id uuid primary key default uuid_v7(), kind text not null
        check (kind in ('clusters', 'customers', 'invoices')),
      state text not null check (state in ('running', 'completed', 'interrupted')),
      lines bigint not null default 0, created bigint not null default 0, updated bigint not null default 0,
      unchanged bigint not null default 0, refused bigint not null default 0,
      started_at timestamptz not null default now(), touched_at timestamptz not null default now(), ended_at timestamptz)`);
    await runner.query(`create table import_refusals (
      tenant_id uuid not null, import_id uuid not null references imports on delete cascade, line bigint not null,
      position int not null, pointer text not null, code text not null, detail text not null,
      primary key (import_id, line, position))`);
    for (const table of [
      'customer_clusters',
      'customers',
      'customer_emails',
      'customer_passwords',
      'invoices',
      'documents',
      'imports',
      'import_refusals',
    ]) {
      await runner.query(`select isolate_tenants('${table}')`);
    }
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

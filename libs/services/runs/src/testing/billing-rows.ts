import type { Transaction } from '@mailrun/platform-persistence';

export interface CustomerSeed {
  readonly code: string;
  readonly cluster?: string;
  readonly suspended?: boolean;
  /** Under `InvoiceEmail`; default: one of kind `to`. */
  readonly emails?: readonly { readonly kind?: 'to' | 'cc' | 'bcc'; readonly address: string }[];
  readonly hasPassword?: boolean;
  readonly invoices?: readonly InvoiceSeed[];
}

export interface InvoiceSeed {
  readonly code: string;
  readonly status?: string;
  readonly firstDay?: string;
  readonly lastDay?: string;
  readonly mailedBefore?: boolean;
  /** Keys of uploaded documents; default: `invoice-pdf`. */
  readonly documents?: readonly string[];
  readonly documentBytes?: number;
}

/** Writes billing data as rows, past the use cases that own them: for tests of the engine. */
export async function seedCustomers(
  tx: Transaction,
  tenantId: string,
  customers: readonly CustomerSeed[],
): Promise<void> {
  for (const { cluster = 'ALL' } of customers) {
    await tx.execute(
      `insert into customer_clusters (tenant_id, code, name) values ($1, $2, $2) on conflict (tenant_id, code) do nothing`,
      [tenantId, cluster],
    );
  }
  for (const customer of customers) await seedCustomer(tx, tenantId, customer);
}

async function seedCustomer(tx: Transaction, tenantId: string, customer: CustomerSeed): Promise<void> {
  const { code, cluster = 'ALL', suspended = false, hasPassword = true } = customer;
  const [row] = await tx.query<{ id: string }>(
    `insert into customers (tenant_id, code, name, cluster_id, suspended, locale)
     select $1, $2, 'Customer ' || $2, id, $4, 'de-DE' from customer_clusters where tenant_id = $1 and code = $3 returning id`,
    [tenantId, code, cluster, suspended],
  );
  const id = row!.id;
  const emails = customer.emails ?? [{ address: `${code.toLowerCase()}@example.com` }];
  for (const [position, { kind = 'to', address }] of emails.entries()) {
    await tx.execute(
      `insert into customer_emails (tenant_id, customer_id, recipient_key, position, kind, address)
       values ($1, $2, 'InvoiceEmail', $3, $4, $5)`,
      [tenantId, id, position, kind, address],
    );
  }
  if (hasPassword) {
    await tx.execute(
      `insert into customer_passwords (tenant_id, customer_id, password_key, key_id, ciphertext)
       values ($1, $2, 'ZIP', 'k1', 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ')`,
      [tenantId, id],
    );
  }
  for (const invoice of customer.invoices ?? [{ code: `I-${code}` }]) {
    await seedInvoice(tx, tenantId, id, invoice);
  }
}

async function seedInvoice(
  tx: Transaction,
  tenantId: string,
  customerId: string,
  invoice: InvoiceSeed,
): Promise<void> {
  const { code, status = 'approved', firstDay = '2025-05-01', lastDay = '2025-05-31' } = invoice;
  const [row] = await tx.query<{ id: string }>(
    `insert into invoices (tenant_id, customer_id, code, number, period_first_day, period_last_day, status, currency, total,
       data, mailed_before)
     values ($1, $2, $3, 'N-' || $3, $4, $5, $6, 'EUR', 13.8, '{"lines":[{"price":"6.90"}]}', $7) returning id`,
    [tenantId, customerId, code, firstDay, lastDay, status, invoice.mailedBefore ?? false],
  );
  for (const key of invoice.documents ?? ['invoice-pdf']) {
    await tx.execute(
      `insert into documents (tenant_id, invoice_id, invoice_revision, transformation_key, origin, blob_key, sha256, size_bytes,
         content_type, file_name)
       values ($1, $2, 1, $3, 'upload', $4, $5, $6, 'application/pdf', 'invoice.pdf')`,
      [
        tenantId,
        row!.id,
        key,
        `documents/${tenantId}/${row!.id}`,
        'a'.repeat(64),
        invoice.documentBytes ?? 1000,
      ],
    );
  }
}

/** Customers `<prefix>1` … in cluster `ALL`, each with one address, one approved invoice and one document. */
export async function seedManyCustomers(
  tx: Transaction,
  tenantId: string,
  count: number,
  prefix: string,
): Promise<void> {
  await tx.execute(
    `with cluster as (
       insert into customer_clusters (tenant_id, code, name) values ($1, 'ALL', 'ALL')
       on conflict (tenant_id, code) do update set name = excluded.name returning id
     ), customer as (
       insert into customers (tenant_id, id, code, name, cluster_id, locale)
       select $1, uuid_v7_nth((extract(epoch from now()) * 1000)::bigint, n), $3 || n, 'Customer ' || $3 || n, cluster.id, 'de-DE'
       from cluster, generate_series(1, $2::int) n returning id, code
     ), email as (
       insert into customer_emails (tenant_id, customer_id, recipient_key, position, kind, address)
       select $1, id, 'InvoiceEmail', 0, 'to', lower(code) || '@example.com' from customer
     ), password as (
       insert into customer_passwords (tenant_id, customer_id, password_key, key_id, ciphertext)
       select $1, id, 'ZIP', 'k1', 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ' from customer
     ), invoice as (
       insert into invoices (tenant_id, customer_id, code, number, period_first_day, period_last_day, status, currency, total, data)
       select $1, id, 'I-' || code, 'N-I-' || code, '2025-05-01', '2025-05-31', 'approved', 'EUR', 13.8,
         '{"lines":[{"price":"6.90"}]}' from customer returning id
     )
     insert into documents (tenant_id, invoice_id, invoice_revision, transformation_key, origin, blob_key, sha256, size_bytes,
       content_type, file_name)
     select $1, id, 1, 'invoice-pdf', 'upload', 'documents/' || $1 || '/' || id, repeat('a', 64), 1000, 'application/pdf',
       'invoice.pdf' from invoice`,
    [tenantId, count, prefix],
  );
}

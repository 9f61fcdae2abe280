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

import { Injectable } from '@nestjs/common';
import type { Transaction } from '@mailrun/platform-persistence';
import {
  InvoiceStore,
  type InvoiceState,
  type InvoiceWrite,
  type StoredInvoice,
} from '../../../application/ports/invoice-store.port.js';

@Injectable()
export class PostgresInvoiceStore extends InvoiceStore {
  override find(tx: Transaction, tenantId: string, codes: readonly string[]): Promise<StoredInvoice[]> {
    return tx.query<StoredInvoice>(
      `select i.id, i.code, c.code as "customerCode", i.number, i.period_first_day::text as "periodFirstDay",
         i.period_last_day::text as "periodLastDay", i.issue_date::text as "issueDate", i.status, i.currency,
         i.total::text as total, i.data, i.mailed_before as "mailedBefore"
       from invoices i join customers c on c.id = i.customer_id
       where i.tenant_id = $1 and i.code = any($2)
       for no key update of i`,
      [tenantId, codes],
    );
  }

  override async insert(tx: Transaction, tenantId: string, writes: readonly InvoiceWrite[]): Promise<void> {
    if (writes.length === 0) return;
    await tx.execute(
      `insert into invoices (tenant_id, id, customer_id, code, number, period_first_day, period_last_day, issue_date,
         status, currency, total, data, mailed_before)
       select $1, id, "customerId", code, number, "periodFirstDay", "periodLastDay", "issueDate", status, currency,
         total, data, "mailedBefore"
       from jsonb_to_recordset($2) as ${columns}`,
      [tenantId, JSON.stringify(writes.map(toRecord))],
    );
  }

  override async update(tx: Transaction, tenantId: string, writes: readonly InvoiceWrite[]): Promise<void> {
    if (writes.length === 0) return;
    await tx.execute(
      `update invoices as i set customer_id = x."customerId", number = x.number, period_first_day = x."periodFirstDay",
         period_last_day = x."periodLastDay", issue_date = x."issueDate", status = x.status, currency = x.currency,
         total = x.total, data = x.data, mailed_before = x."mailedBefore", version = version + 1, updated_at = now()
       from jsonb_to_recordset($2) as ${columns} where i.id = x.id and i.tenant_id = $1`,
      [tenantId, JSON.stringify(writes.map(toRecord))],
    );
  }

  override async lock(tx: Transaction, tenantId: string, code: string): Promise<InvoiceState | undefined> {
    const [row] = await tx.query<InvoiceState>(
      `select id, status, revision, mailed_before as "mailedBefore" from invoices
       where tenant_id = $1 and code = $2 for no key update`,
      [tenantId, code],
    );
    return row;
  }

  override async writeState(
    tx: Transaction,
    tenantId: string,
    { id, status, revision, mailedBefore }: InvoiceState,
  ): Promise<void> {
    await tx.execute(
      `update invoices set status = $3, revision = $4, mailed_before = $5, version = version + 1, updated_at = now()
       where tenant_id = $1 and id = $2`,
      [tenantId, id, status, revision, mailedBefore],
    );
  }
}

const columns = `x(id uuid, "customerId" uuid, code text, number text, "periodFirstDay" date, "periodLastDay" date,
  "issueDate" date, status text, currency text, total numeric, data jsonb, "mailedBefore" boolean)`;

const toRecord = ({ id, customerId, invoice }: InvoiceWrite) => ({ id, customerId, ...invoice });

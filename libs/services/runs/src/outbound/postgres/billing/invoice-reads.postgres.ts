import { Injectable } from '@nestjs/common';
import type { Invoice, InvoiceStatus } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import { InvoiceReads } from '../../../application/ports/invoice-reads.port.js';
import { versionedOf, type VersionedRow } from './versioned.row.js';

interface Row extends VersionedRow {
  code: string;
  customer_code: string;
  number: string | null;
  period_first_day: string;
  period_last_day: string;
  issue_date: string | null;
  status: InvoiceStatus;
  currency: string;
  total: string;
  mailed_before: boolean;
  revision: number;
}

const columns = `i.code, c.code as customer_code, i.number, i.period_first_day::text, i.period_last_day::text,
  i.issue_date::text, i.status, i.currency, i.total::text, i.mailed_before, i.revision, i.version, i.created_at, i.updated_at`;
const tables = 'invoices i join customers c on c.id = i.customer_id';

@Injectable()
export class PostgresInvoiceReads extends InvoiceReads {
  override async find(tx: Transaction, tenantId: string, code: string): Promise<Invoice | undefined> {
    const [row] = await tx.query<Row & { data: Invoice['data'] }>(
      `select ${columns}, i.data from ${tables} where i.tenant_id = $1 and i.code = $2`,
      [tenantId, code],
    );
    return row && { ...invoiceOf(row), data: row.data };
  }

  override async list(
    tx: Transaction,
    tenantId: string,
    { limit, after, filter }: Parameters<InvoiceReads['list']>[2],
  ): Promise<Omit<Invoice, 'data'>[]> {
    const values: unknown[] = [tenantId, limit + 1];
    const conditions = ['i.tenant_id = $1'];
    const where = (condition: string, value: unknown) => {
      if (value !== undefined) conditions.push(`${condition} $${values.push(value)}`);
    };
    where('i.code >', after);
    where('c.code =', filter.customerCode);
    where('i.status =', filter.status);
    where('i.period_last_day >=', filter.periodFrom);
    where('i.period_last_day <=', filter.periodTo);
    const rows = await tx.query<Row>(
      `select ${columns} from ${tables} where ${conditions.join(' and ')} order by i.code limit $2`,
      values,
    );
    return rows.map(invoiceOf);
  }
}

const invoiceOf = (row: Row): Omit<Invoice, 'data'> => ({
  code: row.code,
  customerCode: row.customer_code,
  number: row.number,
  periodFirstDay: row.period_first_day,
  periodLastDay: row.period_last_day,
  issueDate: row.issue_date,
  status: row.status,
  currency: row.currency,
  total: row.total,
  mailedBefore: row.mailed_before,
  revision: row.revision,
  ...versionedOf(row),
});

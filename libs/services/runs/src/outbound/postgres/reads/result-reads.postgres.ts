import { Injectable } from '@nestjs/common';
import type { MessageResult, MessageState } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { Database } from '@mailrun/platform-persistence';
import { ResultReads, type ResultFilter } from '../../../application/ports/result-reads.port.js';
import { textOfMessage } from '../../../domain/runs/status-texts.js';

interface ResultRow {
  id: string;
  invoice_code: string;
  invoice_number: string | null;
  invoice_revision: number;
  customer_code: string;
  customer_name: string;
  status: MessageState;
  reason: string | null;
  next_try_at: Date | null;
  detail: { line?: number; column?: number } | null;
  message_id: string | null;
  updated_at: Date;
}

@Injectable()
export class PostgresResultReads extends ResultReads {
  constructor(private readonly database: Database) {
    super();
  }

  page(
    tenantId: string,
    runId: string,
    filter: ResultFilter,
    limit: number,
    after?: string,
  ): Promise<MessageResult[]> {
    return this.database.inTenant(tenantId, async (tx) => {
      const [run] = await tx.query<{ preparation_id: string | null }>(
        'select preparation_id from message_runs where id = $1',
        [runId],
      );
      if (run === undefined) throw new Refusal('not-found', 'message-run.not-found', 'There is no such run.');
      if (run.preparation_id === null) return [];
      const { status, reason, customer, invoice, address } = filter;
      // A preparation's rows lie between two ids: read by primary key, from the cursor on.
      const rows = await tx.query<ResultRow>(
        `select r.id, i.code as invoice_code, i.number as invoice_number, r.invoice_revision,
           c.code as customer_code, c.name as customer_name,
           case when r.skip_reason is null then m.state else 'skipped' end as status,
           coalesce(r.skip_reason, m.reason) as reason, m.next_try_at, r.detail, r.message_id,
           greatest(r.updated_at, m.updated_at) as updated_at
         from preparations p
         join message_results r on r.preparation_id = p.id and r.id >= p.first_id and (p.last_id is null or r.id <= p.last_id)
         join invoices i on i.id = r.invoice_id
         join customers c on c.id = r.customer_id
         left join messages m on m.id = r.message_id
         where p.id = $1 and ($2::uuid is null or r.id > $2)
           and ($3::text is null or $3 = case when r.skip_reason is null then m.state else 'skipped' end)
           and ($4::text is null or $4 = coalesce(r.skip_reason, m.reason))
           and ($5::text is null or c.code = $5) and ($6::text is null or i.code = $6)
           and ($7::text is null or exists (
             select from message_addresses a where a.message_id = r.message_id and a.address = lower($7)))
         order by r.id limit $8`,
        [
          run.preparation_id,
          after ?? null,
          status ?? null,
          reason ?? null,
          customer ?? null,
          invoice ?? null,
          address ?? null,
          limit,
        ],
      );
      return rows.map(toResult);
    });
  }
}

function toResult(row: ResultRow): MessageResult {
  const { line, column } = row.detail ?? {};
  return {
    id: row.id,
    invoiceCode: row.invoice_code,
    invoiceNumber: row.invoice_number,
    revision: row.invoice_revision,
    customerCode: row.customer_code,
    customerName: row.customer_name,
    status: row.status,
    reason: row.reason,
    ...textOfMessage(row.status, row.reason, row.next_try_at),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    messageIds: row.message_id === null ? [] : [row.message_id],
    updatedAt: row.updated_at.toISOString(),
  };
}

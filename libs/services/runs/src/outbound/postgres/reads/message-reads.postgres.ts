import { Injectable } from '@nestjs/common';
import type { Message, MessageState, Mode, Recipient } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import {
  MessageReads,
  type HistoryEntry,
  type InvoiceResult,
  type MessageFilter,
  type MessageRecord,
} from '../../../application/ports/message-reads.port.js';
import { textOfMessage } from '../../../domain/runs/status-texts.js';
import { byKeysOnly } from '../sql/feed.sql.js';

interface MessageRow {
  id: string;
  run_id: string;
  definition_key: string;
  customer_code: string;
  customer_name: string;
  mode: Mode;
  state: MessageState;
  reason: string | null;
  copy: number;
  next_try_at: Date | null;
  updated_at: Date;
}

const messageColumns = `m.id, m.run_id, run.definition_key, c.code as customer_code, c.name as customer_name, p.mode,
  m.state, m.reason, m.copy, m.next_try_at, m.updated_at`;
const messageTables = `messages m
  join message_runs run on run.id = m.run_id
  join preparations p on p.id = m.preparation_id
  join customers c on c.id = m.customer_id`;

type DetailRow = MessageRow & {
  fed_at: Date | null;
  round: number;
  own_state: string | null;
  recipients: Recipient[] | null;
};

/** $1 tenant · $2 message */
const findMessage = `
select ${messageColumns}, m.fed_at, m.round, m.own_state, case when m.copy = 1 then content.recipients
  else (select k.recipients from copy_recipients k where k.message_id = m.id and k.copy = m.copy) end as recipients
from ${messageTables}
left join message_contents content on content.message_id = m.id
where m.tenant_id = $1 and m.id = $2`;

interface InvoiceRow {
  code: string;
  number: string | null;
  skip_reason: string | null;
}

/** $1 message */
const invoicesOfMessage = `
select i.code, i.number, r.skip_reason from message_results r join invoices i on i.id = r.invoice_id
where r.message_id = $1 order by r.position, r.id`;

/** $1 message */
const earlierCopies = `
select c.copy, c.round, c.state, coalesce(case when c.copy = 1
    then (select t.recipients from message_contents t where t.message_id = c.message_id)
    else (select k.recipients from copy_recipients k where k.message_id = c.message_id and k.copy = c.copy) end,
  '[]') as recipients
from message_copies c where c.message_id = $1 order by c.copy`;

/** $1 message */
const historyOfMessage = `
select at, copy, state, attempts, server_key as "serverKey", code, smtp_code as "smtpCode",
  enhanced_code as "enhancedCode", server_text as "serverText", detail, line, "column"
from message_history where message_id = $1 order by copy, revision`;

@Injectable()
export class PostgresMessageReads extends MessageReads {
  constructor(private readonly database: Database) {
    super();
  }

  page(tenantId: string, filter: MessageFilter, limit: number, before?: string): Promise<Message[]> {
    const { run, invoice, customer, address, status, reason, from, to } = filter;
    return this.database.inTenant(tenantId, async (tx) => {
      const rows = await tx.query<MessageRow>(
        `select ${messageColumns} from ${messageTables}
         where m.tenant_id = $1 and ($2::uuid is null or m.id < $2) and ($3::uuid is null or m.run_id = $3)
           and ($4::text is null or m.id in (
             select r.message_id from message_results r join invoices i on i.id = r.invoice_id
             where i.tenant_id = $1 and i.code = $4))
           and ($5::text is null or c.code = $5)
           and ($6::text is null or m.id in (select a.message_id from message_addresses a where a.address = lower($6)))
           and ($7::text is null or m.state = $7) and ($8::text is null or m.reason = $8)
           and ($9::timestamptz is null or m.id >= uuid_v7_floor($9))
           and ($10::timestamptz is null or m.id < uuid_v7_floor($10))
         order by m.id desc limit $11`,
        [
          tenantId,
          before ?? null,
          run ?? null,
          invoice ?? null,
          customer ?? null,
          address ?? null,
          status ?? null,
          reason ?? null,
          from ?? null,
          to ?? null,
          limit,
        ],
      );
      return rows.map(toMessage);
    });
  }

  find(tenantId: string, messageId: string): Promise<MessageRecord | undefined> {
    const read = async (tx: Transaction): Promise<MessageRecord | undefined> => {
      const [[row], invoices, earlier, history] = await Promise.all([
        tx.prepared<DetailRow>('find-message', findMessage, [tenantId, messageId]),
        tx.prepared<InvoiceRow>('invoices-of-message', invoicesOfMessage, [messageId]),
        tx.prepared<MessageRecord['copies'][number]>('earlier-copies', earlierCopies, [messageId]),
        tx.prepared<HistoryEntry>('history-of-message', historyOfMessage, [messageId]),
      ]);
      if (row === undefined) return undefined;
      return {
        message: toMessage(row),
        fedAt: row.fed_at,
        invoices: invoices.map(({ code, number, skip_reason }) => ({
          code,
          number,
          status: skip_reason === null ? row.state : 'skipped',
          reason: skip_reason ?? row.reason,
        })),
        copies: [
          ...earlier,
          {
            copy: row.copy,
            round: row.round,
            state: row.own_state ?? row.state,
            recipients: row.recipients ?? [],
          },
        ],
        history,
      };
    };
    return this.database.inTenant(tenantId, read, { settings: byKeysOnly });
  }

  newestCopy(tenantId: string, messageId: string): Promise<{ copy: number; mode: Mode } | undefined> {
    return this.database.inTenant(tenantId, async (tx) => {
      const [row] = await tx.query<{ copy: number; mode: Mode }>(
        `select m.copy, p.mode from messages m join preparations p on p.id = m.preparation_id
         where m.tenant_id = $1 and m.id = $2`,
        [tenantId, messageId],
      );
      return row;
    });
  }

  ofInvoice(tenantId: string, invoiceCode: string, limit: number, before?: string): Promise<InvoiceResult[]> {
    return this.database.inTenant(tenantId, async (tx) => {
      const [invoice] = await tx.query<{ id: string }>(
        'select id from invoices where tenant_id = $1 and code = $2',
        [tenantId, invoiceCode],
      );
      if (invoice === undefined)
        throw new Refusal('not-found', 'invoice.not-found', `There is no invoice '${invoiceCode}'.`);
      // Rows of a preparation that another one replaced are on their way out: only the current one's count.
      const rows = await tx.query<Omit<InvoiceResult, 'recipients'> & { recipients: Recipient[] | null }>(
        `select r.id as "resultId", r.run_id as "runId", r.message_id as "messageId", run.definition_key as "definitionKey",
           case when r.skip_reason is null then m.state else 'skipped' end as status,
           coalesce(r.skip_reason, m.reason) as reason, m.next_try_at as "nextTryAt",
           greatest(r.updated_at, m.updated_at) as at, coalesce(m.fed_at, case when m.copy > 1 then m.updated_at end) as "fedAt", content.recipients
         from message_results r
         join message_runs run on run.id = r.run_id and run.preparation_id = r.preparation_id
         join preparations p on p.id = r.preparation_id and p.mode = 'live'
         left join messages m on m.id = r.message_id
         left join message_contents content on content.message_id = r.message_id
         where r.invoice_id = $1 and ($2::uuid is null or r.id < $2)
         order by r.id desc limit $3`,
        [invoice.id, before ?? null, limit],
      );
      return rows.map((row) => ({ ...row, recipients: row.recipients ?? [] }));
    });
  }
}

function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    runId: row.run_id,
    definitionKey: row.definition_key,
    customerCode: row.customer_code,
    customerName: row.customer_name,
    mode: row.mode,
    status: row.state,
    reason: row.reason,
    ...textOfMessage(row.state, row.reason, row.next_try_at),
    copy: row.copy,
    nextTryAt: row.next_try_at?.toISOString() ?? null,
    updatedAt: row.updated_at.toISOString(),
  };
}

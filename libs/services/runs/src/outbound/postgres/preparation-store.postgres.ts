import { Injectable } from '@nestjs/common';
import type { MakeDocuments } from '@mailrun/contracts';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import {
  PreparationStore,
  type DocumentAnswer,
  type Judged,
  type NewPreparation,
  type Preparation,
  type PreparationStep,
  type Selected,
} from '../../application/ports/preparation-store.port.js';
import { excludesWithoutDocument } from '../../domain/runs/preparation.js';
import type { Run } from '../../domain/runs/run.js';
import { changeCounters } from './counters.js';
import { invoiceFromJson, type InvoiceJson } from './invoice-from-json.js';
import { applyAnswers, orderDocuments, takeOrders } from './sql/documents.sql.js';
import { judgeChunk, judgeChunkSettings, judgeCollatedChunk } from './sql/judge-chunk.sql.js';
import { countForgotten, selectInvoices } from './sql/select-invoices.sql.js';

/** Rows that one transaction removes. */
const clearedAtOnce = 20_000;
/** Where a message server names no limit of its own: what most of them take. */
const usualMaxSizeBytes = 20 * 1024 * 1024;

type OrderRow = Pick<MakeDocuments, 'documentId' | 'transformationKey' | 'customer'> & {
  readonly invoice: InvoiceJson;
};

const preparations = `select p.id, p.tenant_id as "tenantId", p.run_id as "runId", p.replaces, p.step, p.checkpoint, p.chunks,
    p.mode, p.definition, p.max_size_bytes::float8 as "maxSizeBytes", r.selection, r.send_again as "sendAgain",
    json_build_object('key', p.pins_key, 'sha256', p.pins_sha256, 'sizeBytes', p.pins_size_bytes) as pins
  from preparations p join message_runs r on r.id = p.run_id
  where p.id = $1`;

@Injectable()
export class PostgresPreparationStore extends PreparationStore {
  constructor(private readonly database: Database) {
    super();
  }

  override async insert(tx: Transaction, run: Run, preparation: NewPreparation): Promise<string> {
    const { pins } = preparation;
    const [row] = await tx.query<{ id: string }>(
      `insert into preparations (tenant_id, run_id, replaces, mode, definition, pins_key, pins_sha256, pins_size_bytes,
         messages_per_minute, max_size_bytes)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
      [
        run.tenantId,
        run.id,
        run.preparationId,
        preparation.mode,
        JSON.stringify(preparation.definition),
        pins.key,
        pins.sha256,
        pins.sizeBytes,
        preparation.messagesPerMinute,
        preparation.maxSizeBytes,
      ],
    );
    return row!.id;
  }

  override async withPiece<Result>(
    { runId, tenantId }: { readonly runId: string; readonly tenantId: string },
    work: (tx: Transaction, preparation: Preparation) => Promise<Result>,
  ): Promise<Result | 'busy' | 'gone'> {
    return this.database.inTenant(tenantId, async (tx) => {
      const [found] = await tx.query<{ id: string }>(
        `select preparation_id as id from message_runs where id = $1 and state = 'preparing'`,
        [runId],
      );
      if (found === undefined) return 'gone';
      const [preparation] = await tx.query<Preparation>(`${preparations} for update of p skip locked`, [
        found.id,
      ]);
      return preparation === undefined ? 'busy' : work(tx, preparation);
    });
  }

  override async withChunk(
    { runId, tenantId }: { readonly runId: string; readonly tenantId: string },
    work: (tx: Transaction, preparation: Preparation, chunk: number) => Promise<void>,
  ): Promise<'done' | 'none'> {
    return this.database.inTenant(tenantId, async (tx) => {
      const [chunk] = await tx.query<{ id: string; number: number }>(
        `select c.preparation_id as id, c.number
         from message_runs r
         join preparations p on p.id = r.preparation_id and p.step = 'judge'
         join preparation_chunks c on c.preparation_id = p.id and not c.is_judged
         where r.id = $1 and r.state = 'preparing' order by c.number limit 1 for update of c skip locked`,
        [runId],
      );
      if (chunk === undefined) return 'none';
      const [preparation] = await tx.query<Preparation>(preparations, [chunk.id]);
      await tx.execute(
        'update preparation_chunks set is_judged = true where preparation_id = $1 and number = $2',
        [chunk.id, chunk.number],
      );
      await work(tx, preparation!, chunk.number);
      return 'done';
    });
  }

  override async unjudged(tx: Transaction, { id }: Preparation): Promise<number> {
    const [row] = await tx.query<{ count: number }>(
      'select count(*)::int as count from preparation_chunks where preparation_id = $1 and not is_judged',
      [id],
    );
    return row!.count;
  }

  override async moveTo(tx: Transaction, { id }: Preparation, step: PreparationStep): Promise<void> {
    await tx.execute('update preparations set step = $2, checkpoint = 0 where id = $1', [id, step]);
  }

  override async checkpoint(tx: Transaction, { id }: Preparation, chunk: number): Promise<void> {
    await tx.execute('update preparations set checkpoint = $2 where id = $1', [id, chunk]);
  }

  override async clear(tx: Transaction, preparationId: string): Promise<boolean> {
    const rows = await tx.query<{ message_id: string | null }>(
      `delete from message_results where id in (
         select r.id from message_results r, preparations p
         where p.id = $1 and r.id >= p.first_id and r.id <= coalesce(p.last_id, uuid_v7_floor(now() + interval '1 day'))
           and r.preparation_id = $1
         limit ${clearedAtOnce})
       returning message_id`,
      [preparationId],
    );
    const messageIds = rows.flatMap(({ message_id }) => message_id ?? []);
    if (messageIds.length > 0) {
      await tx.execute('delete from message_contents where message_id = any($1::uuid[])', [messageIds]);
      await tx.execute('delete from message_addresses where message_id = any($1::uuid[])', [messageIds]);
      await tx.execute('delete from messages where id = any($1::uuid[])', [messageIds]);
    }
    if (rows.length === clearedAtOnce) return true;
    await tx.execute('delete from run_counters where preparation_id = $1', [preparationId]);
    await tx.execute('delete from preparations where id = $1', [preparationId]);
    return false;
  }

  override async select(tx: Transaction, preparation: Preparation): Promise<Selected> {
    const { id, tenantId, selection, sendAgain, definition } = preparation;
    const byCluster = 'clusterCode' in selection ? selection : undefined;
    const invoiceIds = 'invoiceCodes' in selection ? await idsOf(tx, tenantId, selection.invoiceCodes) : null;
    const cluster = [byCluster?.clusterCode ?? null, byCluster?.includeDescendants ?? false];
    const period = [byCluster?.periodFirstDay ?? null, byCluster?.periodLastDay ?? null];
    const [selected] = await tx.query<Selected & { mailedBefore: number; notTheGroup: object }>(
      selectInvoices,
      [
        tenantId,
        id,
        ...cluster,
        invoiceIds,
        ...period,
        sendAgain,
        definition.whenNoRecipient === 'not-the-group' ? definition.recipientKey : null,
        excludesWithoutDocument(definition) ? definition.transformations.map(({ key }) => key) : null,
      ],
    );
    const [forgotten] = await tx.query<{ notApproved: number; periodEndsOutside: number }>(countForgotten, [
      tenantId,
      ...cluster,
      invoiceIds,
      ...period,
    ]);
    await tx.execute(
      `update preparations set looked_at = $2, chunks = $3, mailed_before = $4, not_the_group = $5, not_approved = $6,
         period_ends_outside = $7 where id = $1`,
      [
        id,
        selected!.lookedAt,
        selected!.chunks,
        selected!.mailedBefore,
        JSON.stringify(selected!.notTheGroup),
        forgotten!.notApproved,
        forgotten!.periodEndsOutside,
      ],
    );
    return selected!;
  }

  override async orderDocuments(tx: Transaction, preparation: Preparation, chunk: number): Promise<void> {
    const made = preparation.definition.transformations.filter(({ hasTemplate }) => hasTemplate);
    const ordered = await tx.execute(orderDocuments, [
      preparation.tenantId,
      preparation.id,
      chunk,
      made.map(({ key }) => key),
      made.map(({ version }) => version),
    ]);
    await tx.execute('update preparations set documents_asked = documents_asked + $2 where id = $1', [
      preparation.id,
      ordered,
    ]);
  }

  override async takeOrders(
    tx: Transaction,
    preparation: Preparation,
    mostUnanswered: number,
  ): Promise<{ orders: MakeDocuments[]; unanswered: number }> {
    const [open] = await tx.query<{ asked: number; due: number }>(
      `select count(*) filter (where state = 'asked' and ask_again_at >= now())::int as asked, count(*)::int as due
       from (select state, ask_again_at from document_orders
         where preparation_id = $1 and state in ('waiting', 'asked') order by id limit 20000) o`,
      [preparation.id],
    );
    const room = mostUnanswered - open!.asked;
    if (open!.due === 0 || room <= 0) return { orders: [], unanswered: open!.due };
    const orders = await tx.query<OrderRow>(takeOrders, [preparation.id, room]);
    const { id: preparationId, pins } = preparation;
    return {
      orders: orders.map((order) => ({
        ...order,
        invoice: invoiceFromJson(order.invoice),
        preparationId,
        pins,
      })),
      unanswered: open!.due,
    };
  }

  override async judge(tx: Transaction, preparation: Preparation, chunk: number): Promise<Judged[]> {
    const { id, tenantId, runId, definition, mode, sendAgain, maxSizeBytes } = preparation;
    await tx.execute(judgeChunkSettings);
    const groups = await tx.query<Judged & { sizeBytes: string }>(
      definition.collate ? judgeCollatedChunk : judgeChunk,
      [
        tenantId,
        id,
        runId,
        chunk,
        definition.recipientKey,
        definition.transformations.map(({ key }) => key),
        definition.whenDocumentMissing === 'skip',
        definition.passwordKey,
        definition.key,
        mode === 'live',
        sendAgain,
        ...(definition.collate ? [maxSizeBytes ?? usualMaxSizeBytes] : []),
      ],
    );
    const total = (value: (group: (typeof groups)[number]) => number) =>
      groups.reduce((sum, group) => sum + value(group), 0);
    await tx.execute(
      `update preparations set judged = judged + $2, messages = messages + $3, attachment_bytes = attachment_bytes + $4
       where id = $1`,
      [
        id,
        total(({ invoices }) => invoices),
        total(({ messages }) => messages),
        total(({ sizeBytes }) => Number(sizeBytes)),
      ],
    );
    changeCounters(
      tx,
      groups.flatMap(({ reason, invoices, messages }) => {
        const common = { tenantId, preparationId: id, reason };
        const status = reason === '' ? ('pending' as const) : ('skipped' as const);
        return [
          { ...common, unit: 'invoices' as const, status, count: invoices },
          ...(messages > 0 ? [{ ...common, unit: 'messages' as const, status, count: messages }] : []),
        ];
      }),
    );
    return groups;
  }

  override async finish(tx: Transaction, { id }: Preparation): Promise<void> {
    await tx.execute('delete from preparation_chunks where preparation_id = $1', [id]);
    await tx.execute('delete from document_orders where preparation_id = $1', [id]);
    await tx.execute(
      `update preparations set step = 'done', ended_at = clock_timestamp(),
         skipped = coalesce((select jsonb_object_agg(reason, count) from (
           select reason, sum(count) as count from run_counters
           where preparation_id = $1 and unit = 'invoices' and status = 'skipped' group by reason) c), '{}'),
         last_id = uuid_v7_floor(clock_timestamp() + interval '1 minute') where id = $1`,
      [id],
    );
  }

  override async abandon(
    { runId, tenantId }: { readonly runId: string; readonly tenantId: string },
    work: (tx: Transaction) => Promise<void>,
  ): Promise<void> {
    await this.database.inTenant(tenantId, async (tx) => {
      const [found] = await tx.query<{ id: string }>(
        `select preparation_id as id from message_runs where id = $1 and state = 'preparing'`,
        [runId],
      );
      if (found === undefined) return;
      // In the order of a worker that judges: its chunk, then the preparation. It is waited for, and its rows are there.
      await tx.execute('delete from preparation_chunks where preparation_id = $1', [found.id]);
      await tx.execute('delete from document_orders where preparation_id = $1', [found.id]);
      const ended = await tx.execute(
        'update preparations set ended_at = clock_timestamp() where id = $1 and ended_at is null',
        [found.id],
      );
      // Another worker came to its end meanwhile.
      if (ended > 0) await work(tx);
    });
  }

  override async applyAnswers(answers: readonly DocumentAnswer[]): Promise<number> {
    const tenantIds = answers.map(({ tenantId }) => tenantId);
    return this.database.inTenants(tenantIds, async (tx) => {
      // Locked in the order of their ids, so that two batches never wait for each other.
      await tx.query('select from document_orders where id = any($1::uuid[]) order by id for update', [
        answers.map(({ documentId }) => documentId),
      ]);
      const [row] = await tx.query<{ count: number }>(applyAnswers, [JSON.stringify(answers)]);
      return row?.count ?? 0;
    });
  }
}

async function idsOf(tx: Transaction, tenantId: string, codes: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    'select id from invoices where tenant_id = $1 and code = any($2::text[])',
    [tenantId, codes],
  );
  return rows.map(({ id }) => id);
}

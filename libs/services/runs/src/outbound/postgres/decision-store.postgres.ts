import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import {
  DecisionStore,
  type NewDecision,
  type OpenDecision,
} from '../../application/ports/decision-store.port.js';
import type { DecidedCopies, DecidedCopy } from '../../application/ports/dispatcher.port.js';
import type { PendingDecision } from '../../domain/runs/run-refusals.js';

type RunRef = { readonly runId: string; readonly tenantId: string };

/** Refusals that are kept with a decision. */
const mostRefusals = 100;

/**
 * Uncertain copies, newest or not, of messages that are uncertain. `$1` preparation, `$2` only after this message, `$3`,
 * `$4` first and last id, `$5` only this message or null, `$6` limit of messages, `$7` when it was decided: what became
 * uncertain later waits for a decision of its own.
 */
const uncertainCopies = `with uncertain as (
    select m.id, m.copy, m.revision, m.own_state from messages m
    where m.id > coalesce($2::uuid, $3) and m.id >= $3 and m.id <= $4 and m.preparation_id = $1 and m.state = 'uncertain'
      and ($5::uuid is null or m.id = $5)
      and m.updated_at <= $7
    order by m.id limit $6
  )
  select id as "messageId", copy, revision from uncertain where own_state is null
  union all
  select u.id, c.copy, c.revision from uncertain u join message_copies c on c.message_id = u.id
  where u.own_state is not null and c.state = 'uncertain'
  order by 1, 2`;

@Injectable()
export class PostgresDecisionStore extends DecisionStore {
  constructor(private readonly database: Database) {
    super();
  }

  override async insert(
    tx: Transaction,
    { runId, tenantId }: RunRef,
    { decision, messageId, note, actor }: NewDecision,
  ): Promise<string> {
    const [row] = await tx.query<{ id: string }>(
      // The clock, not the transaction's time: it began before it waited for the run.
      `insert into decisions (tenant_id, run_id, message_id, decision, note, actor, created_at)
       values ($1, $2, $3, $4, $5, $6, clock_timestamp()) returning id`,
      [tenantId, runId, messageId, decision, note, actor],
    );
    return row!.id;
  }

  override async findPending(
    tx: Transaction,
    runId: string,
    messageId: string | null,
  ): Promise<PendingDecision | undefined> {
    const [pending] = await tx.query<PendingDecision>(
      `select decision, actor, created_at as "createdAt" from decisions
       where run_id = $1 and done_at is null and ($2::uuid is null or message_id is null or message_id = $2)
       order by id limit 1`,
      [runId, messageId],
    );
    return pending;
  }

  override async next({ runId, tenantId }: RunRef, limit: number): Promise<OpenDecision | undefined> {
    return this.database.inTenant(tenantId, async (tx) => {
      const [row] = await tx.query<
        Omit<OpenDecision, 'copies'> & {
          preparationId: string;
          firstId: string;
          lastId: string;
          createdAt: Date;
        }
      >(
        `select d.id, d.run_id as "runId", d.tenant_id as "tenantId", d.decision, d.message_id as "messageId", d.note, d.actor,
           d.checkpoint, d.created_at as "createdAt", p.id as "preparationId", p.first_id as "firstId", p.last_id as "lastId"
         from decisions d join message_runs r on r.id = d.run_id join preparations p on p.id = r.preparation_id
         where d.run_id = $1 and d.done_at is null order by d.id limit 1`,
        [runId],
      );
      if (row === undefined) return undefined;
      const { preparationId, firstId, lastId, createdAt, ...decision } = row;
      const copies = await tx.query<DecidedCopy>(uncertainCopies, [
        preparationId,
        decision.checkpoint,
        firstId,
        lastId,
        decision.messageId,
        limit,
        createdAt,
      ]);
      return { ...decision, copies };
    });
  }

  override async advance(
    { id, tenantId, checkpoint, copies }: OpenDecision,
    refused: DecidedCopies['refused'],
  ): Promise<void> {
    // What is not uncertain any more was decided by the same decision before it was killed, or settled by itself.
    const reasons = refused.filter(({ code }) => code !== 'not-uncertain');
    await this.database.inTenant(tenantId, (tx) =>
      tx.execute(
        `update decisions set checkpoint = $2, decided = decided + $3, refused = refused + $4,
           refusals = case when jsonb_array_length(refusals) < ${mostRefusals} then refusals || $5::jsonb else refusals end
         where id = $1 and checkpoint is not distinct from $6`,
        [
          id,
          copies.at(-1)?.messageId,
          copies.length - reasons.length,
          reasons.length,
          JSON.stringify(reasons.slice(0, mostRefusals)),
          checkpoint,
        ],
      ),
    );
  }

  override async finish({ id, tenantId }: OpenDecision): Promise<void> {
    await this.database.inTenant(tenantId, (tx) =>
      tx.execute('update decisions set done_at = now() where id = $1 and done_at is null', [id]),
    );
  }
}

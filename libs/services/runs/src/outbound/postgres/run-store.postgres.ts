import { Injectable } from '@nestjs/common';
import type { Transaction } from '@mailrun/platform-persistence';
import {
  RunStore,
  type Count,
  type RunChange,
  type RunningRun,
  type UnknownNames,
} from '../../application/ports/run-store.port.js';
import type { NewRun, Run, Selection } from '../../domain/runs/run.js';

const columns = `id, tenant_id as "tenantId", definition_key as "definitionKey", selection, bcc, send_again as "sendAgain",
  note, state, why, mode, preparation_id as "preparationId", in_doubt_policy as "inDoubtPolicy", version,
  resumed_at as "resumedAt", ended_at as "endedAt"`;

const columnOf: Readonly<Record<keyof RunChange, string>> = {
  state: 'state',
  why: 'why',
  mode: 'mode',
  preparationId: 'preparation_id',
  inDoubtPolicy: 'in_doubt_policy',
  preparedAt: 'prepared_at',
  startedAt: 'started_at',
  resumedAt: 'resumed_at',
  endedAt: 'ended_at',
};

@Injectable()
export class PostgresRunStore extends RunStore {
  override async insert(tx: Transaction, tenantId: string, run: NewRun): Promise<string> {
    const [row] = await tx.query<{ id: string }>(
      `insert into message_runs (tenant_id, definition_key, selection, bcc, send_again, note)
       values ($1, $2, $3, $4, $5, $6) returning id`,
      [
        tenantId,
        run.definitionKey,
        JSON.stringify(run.selection),
        JSON.stringify(run.bcc),
        run.sendAgain,
        run.note,
      ],
    );
    return row!.id;
  }

  override async find(tx: Transaction, id: string): Promise<Run | undefined> {
    const [run] = await tx.query<Run>(`select ${columns} from message_runs where id = $1`, [id]);
    return run;
  }

  override async running(tx: Transaction, ids: readonly string[]): Promise<RunningRun[]> {
    return tx.query<RunningRun>(
      `select id as "runId", tenant_id as "tenantId", mode from message_runs
       where id = any($1::uuid[]) and state = 'running' order by id`,
      [ids],
    );
  }

  override async lock(tx: Transaction, id: string): Promise<Run | undefined> {
    // Sent together: the connection is pipelined. Feeding locks in the same order.
    const [, [run]] = await Promise.all([
      tx.query('select from run_feeds where run_id = $1 for update', [id]),
      tx.query<Run>(`select ${columns} from message_runs where id = $1 for update`, [id]),
    ]);
    return run;
  }

  override async change(tx: Transaction, id: string, change: RunChange): Promise<void> {
    const fields = Object.keys(change) as (keyof RunChange)[];
    const values = fields.filter((field) => change[field] !== 'now');
    const sets = fields.map((field) =>
      change[field] === 'now'
        ? `${columnOf[field]} = now()`
        : `${columnOf[field]} = $${values.indexOf(field) + 2}`,
    );
    await tx.execute(
      `update message_runs set ${[...sets, 'version = version + 1', 'updated_at = now()'].join(', ')} where id = $1`,
      [id, ...values.map((field) => change[field] ?? null)],
    );
    // Of what was fed lately nothing is under way any more; what is held for a decision has watches of its own.
    if (change.endedAt === 'now') await tx.execute('delete from batch_watches where run_id = $1', [id]);
  }

  override async findUnknown(tx: Transaction, tenantId: string, selection: Selection): Promise<UnknownNames> {
    if ('clusterCode' in selection) {
      const found = await tx.query('select from customer_clusters where tenant_id = $1 and code = $2', [
        tenantId,
        selection.clusterCode,
      ]);
      return { cluster: found.length === 0, invoiceCodes: [] };
    }
    const rows = await tx.query<{ code: string }>(
      `select code from unnest($2::text[]) as named (code)
       where not exists (select from invoices i where i.tenant_id = $1 and i.code = named.code)`,
      [tenantId, selection.invoiceCodes],
    );
    return { cluster: false, invoiceCodes: rows.map(({ code }) => code) };
  }

  override async counts(tx: Transaction, preparationId: string): Promise<Count[]> {
    return tx.query<Count>(
      `select unit, status, reason, sum(count)::int as count from run_counters where preparation_id = $1
       group by unit, status, reason having sum(count) <> 0 order by unit, status, reason`,
      [preparationId],
    );
  }

  override async openRound(tx: Transaction, run: Run, round: number): Promise<void> {
    const { tenantId, id, preparationId } = run;
    await tx.execute(
      `insert into run_gates (tenant_id, run_id, round, revision, state) values ($1, $2, $3, 1, 'running')`,
      [tenantId, id, round],
    );
    await tx.execute(
      `insert into run_rounds (tenant_id, run_id, round, kind, is_open) values ($1, $2, $3, 'first', true)`,
      [tenantId, id, round],
    );
    await tx.execute(
      `insert into run_feeds (tenant_id, run_id, preparation_id, round) values ($1, $2, $3, $4)
       on conflict (run_id) do update
       set preparation_id = excluded.preparation_id, round = excluded.round, position = null`,
      [tenantId, id, preparationId, round],
    );
  }

  override async changeRounds(
    tx: Transaction,
    run: { readonly id: string },
    state: 'running' | 'paused',
  ): Promise<void> {
    await tx.execute(
      `update run_gates set state = $2, revision = revision + 1 where run_id = $1 and state not in ('stopped', $2)`,
      [run.id, state],
    );
  }

  override async limitFeeding(tx: Transaction, run: Run, messages: number | null): Promise<void> {
    await tx.execute(
      `update run_feeds set messages_left = $2, held_round = round, later_position = null,
         pause_why = 'first-messages-sent' where run_id = $1`,
      [run.id, messages],
    );
  }

  override async holdRest(tx: Transaction, run: Run, round: number): Promise<void> {
    await tx.execute(
      `update run_feeds set messages_left = 0, pause_why = 'rest-waits', later_position = null,
         held_round = case when messages_left = 0 then held_round else $2 - 1 end where run_id = $1`,
      [run.id, round],
    );
  }

  override async stopRounds(tx: Transaction, run: Run): Promise<void> {
    await tx.execute(
      `update run_gates set state = 'stopped', revision = revision + 1 where run_id = $1 and state <> 'stopped'`,
      [run.id],
    );
    await tx.execute('update run_rounds set is_open = true where run_id = $1 and not is_open', [run.id]);
    // Their outcomes are near: ask for them in five seconds instead of ten minutes, should the broker be down.
    for (const watches of ['message_watches', 'batch_watches']) {
      await tx.execute(
        `update ${watches} set check_at = now() + interval '5 seconds'
         where run_id = $1 and check_at > now() + interval '5 seconds'`,
        [run.id],
      );
    }
  }
}

import { Injectable } from '@nestjs/common';
import type { CopyRef, MessageState, Mode, RunState } from '@mailrun/contracts';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import {
  WatchStore,
  type DueMessages,
  type FedAgain,
  type UnacceptedCopies,
} from '../../application/ports/watch-store.port.js';
import { WorkIndex } from '../../application/ports/work-index.port.js';
import { RunsSettings } from '../../application/runs-settings.js';
import { feedAgainAfterMs } from '../../domain/runs/feed-interval.js';
import { changeCounters } from './counters.js';
import { readRenderRecords, type RecordSource } from './render-records.js';
import { restoredOf, byKeysOnly } from './sql/feed.sql.js';
import { takeUpAgain } from './sql/outcomes.sql.js';

interface DueRow extends CopyRef {
  readonly tenantId: string;
  readonly runId: string;
  readonly state: MessageState | null;
  readonly feeds: number;
  readonly updatedAt: Date;
  readonly nextTryAt: Date | null;
  /** Of the copies before the newest one, those that may bring news. */
  readonly earlier: number[] | null;
  readonly round: number;
  readonly runState: RunState;
  readonly now: Date;
}

interface RunRow extends RecordSource {
  readonly runId: string;
  readonly tenantId: string;
  readonly mode: Mode;
  readonly restored: FedAgain['restored'];
  readonly fedAt: Date;
}

interface StoppedGroup {
  readonly state: MessageState;
  readonly reason: string | null;
  readonly messages: number;
  readonly invoices: number;
  /** Of the last message of all groups. */
  readonly position: string;
  /** Messages that count as fed. */
  readonly mayHaveLeft: readonly string[] | null;
}

const graceMs = 60_000;
/** What was due and not fed again, because the steps stand still, is looked at again after this. */
const putOffMs = 1000;
/** A stopped run's mails are asked for at this pace. */
const stoppedAskAfterMs = 5000;

/**
 * Of batches whose time has come, what is still under way gets watches of its own. Their rows are locked, so that none
 * is watched which an outcome makes final meanwhile.
 */
const openBatches = `with due as (
    delete from batch_watches where id in (
      select id from batch_watches where check_at < now() order by check_at limit 50 for update skip locked)
    returning tenant_id, run_id, message_ids, check_at), open as materialized (
    select d.tenant_id, m.id, d.run_id, d.check_at
    from due d cross join lateral unnest(d.message_ids) as b (id) join messages m on m.id = b.id
    where m.state in ('queued', 'accepted', 'deferred', 'uncertain') order by m.id for update of m)
  insert into message_watches (tenant_id, message_id, run_id, check_at)
  select tenant_id, id, run_id, check_at from open
  on conflict (message_id) do update set check_at = least(message_watches.check_at, excluded.check_at)`;

@Injectable()
export class PostgresWatchStore extends WatchStore {
  constructor(
    private readonly database: Database,
    private readonly work: WorkIndex,
    private readonly settings: RunsSettings,
  ) {
    super();
  }

  override async takeDue(limit: number, mostFedAgain: number): Promise<DueMessages> {
    // What a run that ended holds for a decision may bring news as well.
    const work = [...(await this.work.list('run')), ...(await this.work.list('held'))];
    if (work.length === 0) return { fedAgain: [], asked: [], count: 0 };
    const tenantIds = [...new Set(work.map(({ tenantId }) => tenantId))];
    const take = async (tx: Transaction): Promise<DueMessages> => {
      await tx.prepared('runs-open-batches', openBatches, []);
      const rows = await this.lockDue(tx, limit);
      const plans = rows.map((row) => this.planOf(row));
      const again = plans.filter(({ act }) => act === 'feed');
      // Beyond what the steps shall get now, a message is looked at again soon: they may move by then.
      const fed = new Set(again.slice(0, mostFedAgain).map(({ row }) => row.messageId));
      await this.writePlans(tx, plans, fed);
      const asked = plans.filter(({ act }) => act === 'ask').map(({ row }) => row);
      return {
        fedAgain: await this.fedAgain(
          tx,
          again.map(({ row }) => row).filter(({ messageId }) => fed.has(messageId)),
        ),
        asked: tenantIds.flatMap((tenantId) => {
          const copies = asked
            .filter((row) => row.tenantId === tenantId)
            .flatMap(({ messageId, copy, earlier }) =>
              [...(earlier ?? []), copy].map((one) => ({ messageId, copy: one })),
            );
          return copies.length === 0 ? [] : [{ tenantId, copies }];
        }),
        count: rows.length,
      };
    };
    return this.database.inTenants(tenantIds, take, { settings: byKeysOnly });
  }

  private lockDue(tx: Transaction, limit: number): Promise<DueRow[]> {
    return tx.prepared<DueRow>(
      'runs-due-watches',
      `with due as (
         select message_id, tenant_id, run_id, feeds from message_watches
         where check_at < now() order by check_at limit $1 for update skip locked)
       select d.message_id as "messageId", d.tenant_id as "tenantId", d.run_id as "runId", d.feeds, m.copy, m.state,
         m.updated_at as "updatedAt", m.next_try_at as "nextTryAt", m.round, r.state as "runState", now() as "now",
         case when m.copy > 1 then (select array_agg(k.copy) from message_copies k where k.message_id = m.id
           and k.copy < m.copy and k.state in ('accepted', 'deferred', 'uncertain')) end as earlier
       from due d join message_runs r on r.id = d.run_id left join messages m on m.id = d.message_id
       order by d.message_id`,
      [limit],
    );
  }

  /** What is to be done about a message, and when it is looked at again. */
  private planOf(row: DueRow): { row: DueRow; act: 'feed' | 'ask' | 'wait' | 'forget'; checkAt: Date } {
    // The database's, which all replicas share.
    const now = row.now.getTime();
    const { state, runState } = row;
    const isStopped = runState === 'stopped';
    const askAfterMs = isStopped ? stoppedAskAfterMs : this.settings.askAfterMs;
    switch (state) {
      case 'queued':
        // Of a stopped run they are named to the dispatcher; of a paused one they wait.
        return {
          row,
          act: runState === 'running' ? 'feed' : 'wait',
          checkAt: new Date(now + feedAgainAfterMs(row.feeds + 1, this.settings.feedAgainMs)),
        };
      case 'accepted':
      case 'deferred':
      case 'uncertain': {
        const due =
          row.nextTryAt !== null && !isStopped
            ? row.nextTryAt.getTime() + graceMs
            : row.updatedAt.getTime() + askAfterMs;
        if (due > now) return { row, act: 'wait', checkAt: new Date(due) };
        return { row, act: 'ask', checkAt: new Date(now + askAfterMs) };
      }
      // Final: it needs no looking after. Pending: it is fed when its turn comes.
      case 'pending':
      case 'sent':
      case 'skipped':
      case 'failed':
      case 'partly-sent':
      case 'stopped':
      case null:
        return { row, act: 'forget', checkAt: new Date(now) };
    }
  }

  private async writePlans(
    tx: Transaction,
    plans: readonly ReturnType<PostgresWatchStore['planOf']>[],
    fed: ReadonlySet<string>,
  ): Promise<void> {
    if (plans.length === 0) return;
    const kept = plans
      .filter(({ act }) => act !== 'forget')
      .map((plan) =>
        plan.act === 'feed' && !fed.has(plan.row.messageId)
          ? { ...plan, checkAt: new Date(plan.row.now.getTime() + putOffMs) }
          : plan,
      );
    await tx.prepared(
      'runs-plan-watches',
      `with planned as (
         update message_watches w set check_at = p.check_at, feeds = w.feeds + p.feeds
         from unnest($1::uuid[], $2::timestamptz[], $3::int[]) as p (id, check_at, feeds) where w.message_id = p.id)
       delete from message_watches where message_id = any($4::uuid[])`,
      [
        kept.map(({ row }) => row.messageId),
        kept.map(({ checkAt }) => checkAt),
        kept.map(({ row }) => (fed.has(row.messageId) ? 1 : 0)),
        plans.filter(({ act }) => act === 'forget').map(({ row }) => row.messageId),
      ],
    );
  }

  private async fedAgain(tx: Transaction, rows: readonly DueRow[]): Promise<FedAgain[]> {
    if (rows.length === 0) return [];
    const runs = await tx.query<RunRow>(
      `select r.id as "runId", r.tenant_id as "tenantId", r.mode, p.first_id as "firstId", p.last_id as "lastId",
         p.definition ->> 'passwordKey' as "passwordKey",
         json_build_object('key', p.pins_key, 'sha256', p.pins_sha256, 'sizeBytes', p.pins_size_bytes) as pins,
         ${restoredOf} as restored, now() as "fedAt"
       from message_runs r join preparations p on p.id = r.preparation_id where r.id = any($1::uuid[])`,
      [[...new Set(rows.map(({ runId }) => runId))]],
    );
    const fedAgain: FedAgain[] = [];
    for (const { pins, passwordKey, firstId, lastId, ...run } of runs) {
      const ofRun = rows.filter(({ runId }) => runId === run.runId);
      for (const [round, ofRound] of Map.groupBy(ofRun, (row) => row.round)) {
        const ids = ofRound.map(({ messageId }) => messageId);
        const records = await readRenderRecords(tx, { pins, passwordKey, firstId, lastId }, ids);
        fedAgain.push({ ...run, round, records });
      }
    }
    return fedAgain;
  }

  override async unaccepted(
    { runId, tenantId }: { readonly runId: string; readonly tenantId: string },
    after: string | undefined,
    limit: number,
  ): Promise<UnacceptedCopies | undefined> {
    return this.database.inTenant(tenantId, async (tx) => {
      const rows = await tx.query<CopyRef & Pick<UnacceptedCopies, 'mode' | 'round' | 'restored'>>(
        `select w.message_id as "messageId", m.copy, m.round, r.mode, ${restoredOf} as restored
         from (select message_id from message_watches where run_id = $1
           union select unnest(message_ids) from batch_watches where run_id = $1) w
         join messages m on m.id = w.message_id join message_runs r on r.id = $1
         where m.state = 'queued' and ($2::uuid is null or w.message_id > $2)
         order by w.message_id limit $3`,
        [runId, after ?? null, limit],
      );
      const [first] = rows;
      if (first === undefined) return undefined;
      const { mode, round, restored } = first;
      const next = rows.findIndex((row) => row.round !== round);
      const ofRound = next < 0 ? rows : rows.slice(0, next);
      const copies = ofRound.map(({ messageId, copy }) => ({ messageId, copy }));
      return { tenantId, runId, mode, round, restored, copies };
    });
  }

  override async stopPending(
    { runId, tenantId }: { readonly runId: string; readonly tenantId: string },
    limit: number,
  ): Promise<number> {
    return this.database.inTenant(tenantId, async (tx) => {
      // The feed's lock: after it no batch is being fed, and another replica that stops the same run waits.
      const [feed] = await tx.query<{
        preparationId: string;
        position: string;
        lastId: string;
        restoredRound: number;
      }>(
        `select f.preparation_id as "preparationId", coalesce(f.position, p.first_id) as position, p.last_id as "lastId",
           case when r.restored_to is null then 0 else r.restored_round end as "restoredRound"
         from run_feeds f join preparations p on p.id = f.preparation_id join message_runs r on r.id = f.run_id
         where f.run_id = $1 for update of f`,
        [runId],
      );
      if (feed === undefined) return 0;
      const { preparationId, position, lastId, restoredRound } = feed;
      // What earlier copies came to stays.
      const stopped = await tx.query<StoppedGroup>(
        `with next as (
           select id, round <= $5 as "mayHaveLeft" from messages
           where id > $2 and id <= $3 and preparation_id = $1 and state = 'pending' order by id limit $4
         ), stopped as (
           update messages m set updated_at = now(),
             state = case when "mayHaveLeft" then 'queued' else coalesce(m.earlier_state, 'stopped') end,
             reason = case when not "mayHaveLeft" and m.earlier_state is null then 'run-stopped' end,
             own_state = case when not "mayHaveLeft" and m.earlier_state is not null then 'stopped' end,
             own_reason = case when not "mayHaveLeft" and m.earlier_state is not null then 'run-stopped' end
           from next where m.id = next.id returning m.id, m.state, m.reason, m.invoices)
         select state, reason, count(*)::int as messages, sum(invoices)::int as invoices,
           (select id from stopped order by id desc limit 1) as position,
           case when state = 'queued' then array_agg(id) end as "mayHaveLeft"
         from stopped group by state, reason`,
        [preparationId, position, lastId, limit, restoredRound],
      );
      const mayHaveLeft = stopped.flatMap((group) => group.mayHaveLeft ?? []);
      if (mayHaveLeft.length > 0) await this.keepInDoubt(tx, mayHaveLeft);
      const total = (of: (group: StoppedGroup) => number) =>
        stopped.reduce((sum, group) => sum + of(group), 0);
      const messages = total((group) => group.messages);
      if (messages === 0) return 0;
      await tx.execute('update run_feeds set position = $2 where run_id = $1', [runId, stopped[0]!.position]);
      const common = { tenantId, preparationId };
      const pending = { ...common, status: 'pending', reason: '' } as const;
      changeCounters(tx, [
        { ...pending, unit: 'messages', count: -messages },
        { ...pending, unit: 'invoices', count: -total(({ invoices }) => invoices) },
        ...stopped.flatMap(({ state, reason, ...group }) => {
          const to = { ...common, status: state, reason: reason ?? '' };
          return [
            { ...to, unit: 'messages' as const, count: group.messages },
            { ...to, unit: 'invoices' as const, count: group.invoices },
          ];
        }),
      ]);
      return messages;
    });
  }

  /** They are looked after, and hold their invoices, as if they had been fed. */
  private async keepInDoubt(tx: Transaction, messageIds: readonly string[]): Promise<void> {
    await tx.execute(
      `insert into message_watches (tenant_id, message_id, run_id, check_at)
       select tenant_id, id, run_id, now() from messages where id = any($1::uuid[]) order by id
       on conflict (message_id) do update set check_at = excluded.check_at`,
      [messageIds],
    );
    await tx.execute(takeUpAgain, [messageIds]);
  }
}

import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import { SettleStore, type OpenRun } from '../../application/ports/settle-store.port.js';

/** Messages under way of run `r`. */
const watched = `(select w.message_id from message_watches w where w.run_id = r.id
          union all select unnest(b.message_ids) from batch_watches b where b.run_id = r.id)`;

const hasPending = `exists (select from run_counters c where c.preparation_id = r.preparation_id and c.unit = 'messages'
          and c.status = 'pending' having sum(c.count) > 0)`;

/**
 * `case` keeps the planner from looking at messages before it knows that the run is to pause itself; and `coalesce`,
 * because after a null `and` looks at all the rest.
 */
const openRuns = `select r.id as "runId", r.tenant_id as "tenantId", r.state,
    exists (select from run_rounds o where o.run_id = r.id and not o.is_open)
      or exists (select from lost_mails l where l.run_id = r.id)
      or exists (select from decisions d where d.run_id = r.id and d.done_at is null) as "isBeingMade",
    (select case when coalesce(f.messages_left, 1) = 0
        and (f.round = f.held_round or f.later_position = p.last_id or not ${hasPending})
        and not exists (select from ${watched} w
          join messages m on m.id = w.message_id and m.state in ('queued', 'accepted')
          join run_gates g on g.run_id = m.run_id and g.round = m.round and g.state = 'running')
        and (${hasPending}
          or exists (select from ${watched} w
            join messages m on m.id = w.message_id and m.state in ('queued', 'accepted', 'deferred', 'uncertain')
            join run_gates g on g.run_id = m.run_id and g.round = m.round and g.state = 'paused')) then f.pause_why end
      from run_feeds f join preparations p on p.id = f.preparation_id where f.run_id = r.id) as "pausesFor", r.first_pass_done_at is not null as "isFirstPassDone",
    (select coalesce(json_object_agg(status, count), '{}') from (
      select status, sum(count)::int as count from run_counters c
      where c.preparation_id = r.preparation_id and c.unit = 'messages' group by status) c) as messages
  from message_runs r
  where r.id = any($1::uuid[]) and r.state in ('running', 'stopped') and r.ended_at is null`;

@Injectable()
export class PostgresSettleStore extends SettleStore {
  constructor(private readonly database: Database) {
    super();
  }

  override async openRuns(
    runs: readonly { readonly runId: string; readonly tenantId: string }[],
  ): Promise<OpenRun[]> {
    return this.database.once<OpenRun>(
      runs.map(({ tenantId }) => tenantId),
      'runs-open',
      openRuns,
      [runs.map(({ runId }) => runId)],
    );
  }

  override async withRun(
    { runId, tenantId }: { readonly runId: string; readonly tenantId: string },
    work: (tx: Transaction, run: OpenRun) => Promise<void>,
  ): Promise<void> {
    await this.database.inTenant(tenantId, async (tx) => {
      // The lock first, the counters in a statement of their own: one statement would count as of before its wait.
      await tx.query('select from message_runs where id = $1 for update', [runId]);
      const [run] = await tx.query<OpenRun>(openRuns, [[runId]]);
      if (run !== undefined) await work(tx, run);
    });
  }

  override async markFirstPass(tx: Transaction, runId: string): Promise<void> {
    await tx.execute(
      'update message_runs set first_pass_done_at = coalesce(first_pass_done_at, now()) where id = $1',
      [runId],
    );
  }
}

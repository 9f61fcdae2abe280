import type { Transaction } from '@mailrun/platform-persistence';

/** Throws unless the counters of a run's preparation are what its rows say, in both units. */
export async function assertCountersEqualRows(tx: Transaction, runId: string): Promise<void> {
  const differences = await tx.query<object>(
    `with counted as (
       select unit, status, reason, sum(count)::int as count from run_counters
       where preparation_id = (select preparation_id from message_runs where id = $1)
       group by unit, status, reason having sum(count) <> 0
     ), looked as (
       select case when r.skip_reason is null then m.state else 'skipped' end as status,
         coalesce(case when r.skip_reason is null then m.reason else r.skip_reason end, '') as reason
       from message_results r left join messages m on m.id = r.message_id
       where r.preparation_id = (select preparation_id from message_runs where id = $1)
     ), there as (
       select 'invoices' as unit, status, reason, count(*)::int as count from looked group by status, reason
       union all
       select 'messages', state, coalesce(reason, ''), count(*)::int from messages
       where preparation_id = (select preparation_id from message_runs where id = $1) group by state, reason
     )
     select coalesce(c.unit, t.unit) as unit, coalesce(c.status, t.status) as status, coalesce(c.reason, t.reason) as reason,
       c.count as counter, t.count as rows
     from counted c full join there t on t.unit = c.unit and t.status = c.status and t.reason = c.reason
     where c.count is distinct from t.count`,
    [runId],
  );
  if (differences.length > 0) throw new Error(`Counters differ from rows: ${JSON.stringify(differences)}`);
}

import type { Transaction } from '@mailrun/platform-persistence';
import type { Count } from '../../application/ports/run-store.port.js';

export interface CounterChange extends Count {
  readonly tenantId: string;
  readonly preparationId: string;
}

/** Adds up changes of the same counter; those that cancel out are gone. */
export class CounterChanges {
  private readonly sums = new Map<string, { readonly change: CounterChange; count: number }>();

  add(change: CounterChange): void {
    const key = `${change.preparationId} ${change.unit} ${change.status} ${change.reason}`;
    const sum = this.sums.get(key);
    if (sum === undefined) this.sums.set(key, { change, count: change.count });
    else sum.count += change.count;
  }

  list(): CounterChange[] {
    return [...this.sums.values()]
      .filter(({ count }) => count !== 0)
      .map(({ change, count }) => ({ ...change, count }));
  }
}

/** Mails of a run that were tried at this moment. */
export interface TriedMails {
  readonly tenantId: string;
  readonly runId: string;
  readonly mails: number;
}

/**
 * Changes counters (and the rates of runs) when the work of the transaction has ended: so that their locks are held for
 * the commit only. Spread over shards by connection: transactions of the same run seldom meet.
 */
export function changeCounters(
  tx: Transaction,
  changes: readonly CounterChange[],
  tried: readonly TriedMails[] = [],
): void {
  if (changes.length === 0 && tried.length === 0) return;
  tx.lastly(
    'runs-change-counters',
    `with clock as (select extract(epoch from clock_timestamp())::bigint as second), rated as (
       insert into run_rates (tenant_id, run_id, slot, shard, second, mails)
       select tenant_id, run_id, second % 16, pg_backend_pid() % 16, second, mails
       from clock, unnest($7::uuid[], $8::uuid[], $9::int[]) as t (tenant_id, run_id, mails) order by run_id
       on conflict (run_id, slot, shard) do update set second = excluded.second,
         mails = excluded.mails + case when run_rates.second = excluded.second then run_rates.mails else 0 end
     )
     insert into run_counters (tenant_id, preparation_id, unit, status, reason, shard, count)
     select tenant_id, preparation_id, unit, status, reason, pg_backend_pid() % 16, count
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[])
       as c (tenant_id, preparation_id, unit, status, reason, count)
     order by preparation_id, unit, status, reason
     on conflict (preparation_id, unit, status, reason, shard) do update set count = run_counters.count + excluded.count`,
    [
      changes.map(({ tenantId }) => tenantId),
      changes.map(({ preparationId }) => preparationId),
      changes.map(({ unit }) => unit),
      changes.map(({ status }) => status),
      changes.map(({ reason }) => reason),
      changes.map(({ count }) => count),
      tried.map(({ tenantId }) => tenantId),
      tried.map(({ runId }) => runId),
      tried.map(({ mails }) => mails),
    ],
  );
}

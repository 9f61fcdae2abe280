import type { System } from '../system/system.js';
import { until } from '../system/until.js';
import type { BookEvidence } from './evidence.js';

/** Each answers a row with the column `fault` for what is wrong; `$1` are the tenants, `$2` the runs, or null for all. */
const questions = [
  // Both services keep the state of a copy: runs what it was told, the dispatcher what is so.
  `select format('message %s copy %s is %s in runs and %s in the dispatcher', m.id, m.copy, coalesce(m.own_state, m.state), coalesce(d.state, 'unknown')) as fault
     from {runs}.messages m join {runs}.message_runs r on r.preparation_id = m.preparation_id
     left join {dispatcher}.mails d on d.message_id = m.id and d.copy = m.copy
     where m.tenant_id = any($1) and ($2::uuid[] is null or r.id = any($2)) and r.state in ('completed', 'stopped')
       and coalesce(m.own_state, m.state) is distinct from d.state
       and not (d.state is null and coalesce(m.own_state, m.state) in ('skipped', 'stopped'))`,
  `select format('message %s copy %s is %s in runs and %s in the dispatcher', c.message_id, c.copy, c.state, coalesce(d.state, 'unknown')) as fault
     from {runs}.message_copies c join {runs}.messages m on m.id = c.message_id
     join {runs}.message_runs r on r.preparation_id = m.preparation_id
     left join {dispatcher}.mails d on d.message_id = c.message_id and d.copy = c.copy
     where c.tenant_id = any($1) and ($2::uuid[] is null or r.id = any($2)) and r.state in ('completed', 'stopped')
       and c.state is distinct from d.state and not (d.state is null and c.state = 'stopped')`,
  `select format('mail %s copy %s is still %s', message_id, copy, state) as fault
     from {dispatcher}.mails where tenant_id = any($1) and ($2::uuid[] is null or run_id = any($2)) and state in ('claimed', 'transmitting')`,
  `select format('%s outcomes of tenant %s wait to be published', count(*), o.tenant_id) as fault
     from {dispatcher}.outbox o join {dispatcher}.mails d on d.message_id = o.message_id and d.copy = o.copy
     where o.tenant_id = any($1) and ($2::uuid[] is null or d.run_id = any($2)) group by o.tenant_id`,
  // What may have left keeps its claim; what surely did not gives it back.
  `select format('message %s is %s and holds invoice %s no more', m.id, m.state, s.invoice_id) as fault
     from {runs}.messages m join {runs}.message_runs r on r.preparation_id = m.preparation_id and r.mode = 'live'
     join {runs}.message_results s on s.message_id = m.id and s.skip_reason is null
     where m.tenant_id = any($1) and ($2::uuid[] is null or r.id = any($2))
       and m.state in ('sent', 'partly-sent', 'uncertain', 'deferred') and not r.send_again
       and not exists (select from {runs}.invoice_claims c where c.invoice_id = s.invoice_id
         and c.invoice_revision = s.invoice_revision and c.message_id = m.id)`,
  `select format('message %s is %s and still holds invoice %s', m.id, m.state, c.invoice_id) as fault
     from {runs}.invoice_claims c join {runs}.messages m on m.id = c.message_id
     join {runs}.message_runs r on r.preparation_id = m.preparation_id
     where m.tenant_id = any($1) and ($2::uuid[] is null or r.id = any($2)) and m.state in ('failed', 'stopped', 'skipped') and not m.has_accepted`,
  `select format('message %s is %s and still watched', m.id, m.state) as fault
     from {runs}.message_watches w join {runs}.messages m on m.id = w.message_id
     join {runs}.message_runs r on r.preparation_id = m.preparation_id
     where m.tenant_id = any($1) and ($2::uuid[] is null or r.id = any($2)) and m.state in ('sent', 'failed', 'partly-sent', 'stopped', 'skipped')`,
];

/**
 * Outcomes that are under way are given this time to arrive: what a crash or a command left in the outbox is published after
 * ten seconds, and looked for every five.
 */
const deadlineMs = 30_000;

/** What the tables say that no API shows, once nothing is under way any more. */
export async function readBooks(
  system: System,
  tenantIds: readonly string[],
  runIds?: readonly string[],
): Promise<BookEvidence> {
  let faults: string[] = [];
  const isInOrder = async () => {
    const answers = await Promise.all(
      questions.map((question) => system.query<{ fault: string }>(question, [tenantIds, runIds ?? null])),
    );
    faults = answers.flat().map(({ fault }) => fault);
    return faults.length === 0 ? true : undefined;
  };
  await until('the books to be in order', isInOrder, { deadlineMs, everyMs: 200 }).catch((error: unknown) => {
    if (faults.length === 0) throw error;
  });
  return { faults };
}

import { Injectable } from '@nestjs/common';
import type { DryRun, MessageRun, MessageState, Mode, RunState, SkipReason } from '@mailrun/contracts';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import { RunReads, type RunFilter } from '../../application/ports/run-reads.port.js';
import type { Count } from '../../application/ports/run-store.port.js';
import { expectedEnd } from '../../domain/runs/expected-end.js';
import { isFinal } from '../../domain/runs/message-state.js';
import type { Run } from '../../domain/runs/run.js';
import { waitsOf, type WaitingCounts } from '../../domain/runs/waits-for.js';
import { skipTexts, textOfMessage, textOfRun } from '../../domain/runs/status-texts.js';

type DecisionRow = Omit<MessageRun['decisions'][number], 'refusals'> & {
  readonly refusals: { messageId: string; copy: number; code: string }[];
};

/** What a view needs, in one row. */
interface ViewRow extends Omit<Run, 'version' | 'selection' | 'bcc'> {
  readonly selection: MessageRun['selection'];
  readonly bcc: string[];
  readonly createdAt: Date;
  readonly preparedAt: Date | null;
  readonly startedAt: Date | null;
  readonly firstPassDoneAt: Date | null;
  readonly step: 'clear' | 'select' | 'documents' | 'judge' | 'done' | null;
  readonly lookedAt: number;
  readonly judged: number;
  readonly documentsAsked: number;
  readonly documentsOpen: number;
  readonly messagesPerMinute: number | null;
  readonly preparedMessages: number | null;
  readonly counts: Count[];
  readonly rounds: MessageRun['rounds'];
  readonly ratePerSecond: number;
  readonly decisions: DecisionRow[];
  readonly fedAgainAt: Date | null;
  readonly nextTryAt: Date | null;
}

/** Whether the run's counters know of any: so that nobody looks for what is not there. */
const hasAny = (state: MessageState) => `(select sum(n.count) from run_counters n
      where n.preparation_id = r.preparation_id and n.unit = 'messages' and n.status = '${state}') > 0`;

const viewColumns = `r.id, r.tenant_id as "tenantId", r.definition_key as "definitionKey", r.selection, r.bcc,
  r.send_again as "sendAgain", r.note, r.state, r.why, r.mode, r.preparation_id as "preparationId",
  r.created_at as "createdAt", r.prepared_at as "preparedAt", r.started_at as "startedAt",
  r.first_pass_done_at as "firstPassDoneAt", r.ended_at as "endedAt",
  p.step, coalesce(p.looked_at, 0) as "lookedAt", coalesce(p.judged, 0) as judged,
  coalesce(p.documents_asked, 0) as "documentsAsked", p.messages_per_minute as "messagesPerMinute",
  p.messages as "preparedMessages",
  case when p.step = 'documents' then (select count(*)::int from document_orders o
    where o.preparation_id = p.id and o.state in ('waiting', 'asked')) else 0 end as "documentsOpen",
  coalesce((select json_agg(c) from (select unit, status, reason, sum(count)::int as count from run_counters c
    where c.preparation_id = r.preparation_id group by unit, status, reason having sum(count) <> 0
    order by unit, status, reason) c), '[]') as counts,
  coalesce((select json_agg(json_build_object('number', g.round, 'state', g.state, 'startedAt',
    to_char(g.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'kind', o.kind, 'note', o.note,
    'isBeingMade', not o.is_open, 'messages', case when o.kind <> 'first' then o.messages end, 'leftOut', o.left_out)
    order by g.round)
    from run_gates g join run_rounds o on o.run_id = g.run_id and o.round = g.round where g.run_id = r.id), '[]') as rounds,
  coalesce((select json_agg(d) from (select id, decision, message_id as "messageId", note, decided, refused, refusals,
      to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
      to_char(done_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "doneAt"
    from decisions d where d.run_id = r.id order by id desc limit 20) d), '[]') as decisions,
  coalesce((select sum(mails) from run_rates t where t.run_id = r.id
    and t.second between extract(epoch from now())::bigint - 10 and extract(epoch from now())::bigint - 1), 0)::float8 / 10
    as "ratePerSecond",
  case when r.state = 'running' and ${hasAny('queued')} then
    least((select min(b.check_at) from batch_watches b where b.run_id = r.id),
      (select w.check_at from message_watches w join messages m on m.id = w.message_id
        where w.run_id = r.id and m.state = 'queued' order by w.check_at limit 1)) end as "fedAgainAt",
  (select m.next_try_at from message_watches w join messages m on m.id = w.message_id
    where r.state = 'running' and ${hasAny('deferred')} and w.run_id = r.id and m.state = 'deferred'
    order by w.check_at limit 1) as "nextTryAt"`;
const viewFrom = 'message_runs r left join preparations p on p.id = r.preparation_id';

@Injectable()
export class PostgresRunReads extends RunReads {
  constructor(private readonly database: Database) {
    super();
  }

  override async view(tx: Transaction, id: string): Promise<MessageRun | undefined> {
    // Prepared: whoever follows a run asks every second, and planning it costs as much as reading it.
    const [row] = await tx.prepared<ViewRow>(
      'runs-view',
      `select ${viewColumns} from ${viewFrom} where r.id = $1`,
      [id],
    );
    return row && viewOf(row);
  }

  override async waiting(
    runs: readonly { readonly runId: string; readonly tenantId: string }[],
  ): Promise<(WaitingCounts & { runId: string })[]> {
    if (runs.length === 0) return [];
    return this.database.inTenants(
      runs.map(({ tenantId }) => tenantId),
      (tx) =>
        tx.query(
          `select r.id as "runId", r.state,
             (select coalesce(json_object_agg(status, count), '{}') from (
               select status, sum(count)::int as count from run_counters c
               where c.preparation_id = r.preparation_id and c.unit = 'messages' group by status) c) as messages
           from message_runs r where r.id = any($1::uuid[])`,
          [runs.map(({ runId }) => runId)],
        ),
    );
  }

  override async list(
    tenantId: string,
    { state, definition }: RunFilter,
    after: string | undefined,
    limit: number,
  ): Promise<MessageRun[]> {
    const rows = await this.database.inTenant(tenantId, (tx) =>
      tx.query<ViewRow>(
        `select ${viewColumns} from ${viewFrom}
         where r.tenant_id = $1 and ($2::text is null or r.state = $2) and ($3::text is null or r.definition_key = $3)
           and ($4::uuid is null or r.id < $4)
         order by r.id desc limit $5`,
        [tenantId, state ?? null, definition ?? null, after ?? null, limit],
      ),
    );
    return rows.map(viewOf);
  }

  override async dryRun(tenantId: string, id: string): Promise<DryRun | undefined> {
    return this.database.inTenant(tenantId, async (tx) => {
      const [row] = await tx.query<DryRunRow>(
        `select p.id as "preparationId", p.mode, p.looked_at as "lookedAt", p.messages, p.attachment_bytes::float8 as "attachmentBytes",
           p.not_approved as "notApproved", p.period_ends_outside as "periodEndsOutside", p.mailed_before as "mailedBefore",
           p.not_the_group as "notTheGroup", p.messages_per_minute as "messagesPerMinute", p.skipped
         from message_runs r join preparations p on p.id = r.preparation_id where r.id = $1 and p.step = 'done'`,
        [id],
      );
      return row && dryRunOf(row);
    });
  }
}

interface DryRunRow {
  readonly preparationId: string;
  readonly mode: Mode;
  readonly lookedAt: number;
  readonly messages: number;
  readonly attachmentBytes: number;
  readonly notApproved: number;
  readonly periodEndsOutside: number;
  readonly mailedBefore: number;
  readonly notTheGroup: Readonly<Record<string, number>>;
  readonly messagesPerMinute: number | null;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
}

function dryRunOf(row: DryRunRow): DryRun {
  const skipped = Object.entries(row.skipped) as [SkipReason, number][];
  return {
    preparationId: row.preparationId,
    mode: row.mode,
    invoices: {
      lookedAt: row.lookedAt,
      toSend: row.lookedAt - skipped.reduce((sum, [, count]) => sum + count, 0),
      skipped: skipped.sort(byName).map(([reason, count]) => ({
        reason,
        count,
        statusText: skipTexts[reason].statusText,
        nextStep: skipTexts[reason].nextStep ?? '',
      })),
    },
    messages: { toSend: row.messages },
    notLookedAt: {
      notApproved: row.notApproved,
      periodEndsOutside: row.periodEndsOutside,
      mailedBefore: row.mailedBefore,
      notTheGroup: Object.entries(row.notTheGroup)
        .sort(byName)
        .map(([reason, count]) => ({ reason, count })),
    },
    attachmentBytes: row.attachmentBytes,
    expectedSeconds: row.messagesPerMinute === null ? null : (row.messages / row.messagesPerMinute) * 60,
  };
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

function viewOf(row: ViewRow): MessageRun {
  const counts = (unit: Count['unit']) =>
    row.counts
      .filter((count) => count.unit === unit)
      .map(({ status, reason, count }) => ({ status, reason: reason === '' ? null : reason, count }));
  const messages = counts('messages');
  const open = messages.filter(({ status }) => !isFinal(status)).reduce((sum, { count }) => sum + count, 0);
  const isRunning = row.state === 'running';
  const byState: Partial<Record<MessageState, number>> = {};
  for (const { status, count } of messages) byState[status] = (byState[status] ?? 0) + count;
  const expectedEndAt = isRunning
    ? expectedEnd(new Date(), open, row.ratePerSecond, row.messagesPerMinute)
    : null;
  const time = (at: Date | null) => at?.toISOString() ?? null;
  return {
    id: row.id,
    definitionKey: row.definitionKey,
    selection: row.selection,
    bcc: row.bcc,
    sendAgain: row.sendAgain,
    note: row.note,
    mode: row.mode,
    state: row.state,
    why: row.why,
    ...textOfRun(row.state, row.why, byState.uncertain),
    preparationId: row.preparationId,
    progress: progressOf(row),
    invoices: counts('invoices'),
    messages,
    expectedMessages: isPrepared(row.state) ? row.preparedMessages : null,
    waitsFor: waitsOf({ ...row, messages: byState, expectedEndAt, beingMade: row.rounds }),
    rounds: row.rounds,
    decisions: row.decisions.map(({ refusals, ...decision }) => ({
      ...decision,
      refusals: refusals.map((refusal) => ({ ...refusal, ...textOfMessage('uncertain', refusal.code) })),
    })),
    ratePerSecond: isRunning ? row.ratePerSecond : null,
    expectedEndAt: time(expectedEndAt),
    createdAt: row.createdAt.toISOString(),
    preparedAt: time(row.preparedAt),
    startedAt: time(row.startedAt),
    firstPassDoneAt: time(row.firstPassDoneAt),
    endedAt: time(row.endedAt),
  };
}

const isPrepared = (state: RunState) => state !== 'draft' && state !== 'preparing';

function progressOf(row: ViewRow): MessageRun['progress'] {
  if (row.state !== 'preparing' || row.step === null) return null;
  switch (row.step) {
    case 'documents':
      return { step: 'documents', done: row.documentsAsked - row.documentsOpen, total: row.documentsAsked };
    case 'judge':
    case 'done':
      return { step: 'judge', done: row.judged, total: row.lookedAt };
    case 'clear':
    case 'select':
      return { step: 'select', done: 0, total: null };
  }
}

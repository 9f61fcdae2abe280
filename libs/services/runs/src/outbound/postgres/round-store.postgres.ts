import { Injectable } from '@nestjs/common';
import type { ChangedAddresses, MessageState, Recipient, RunState } from '@mailrun/contracts';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import { RoundStore, type NewRound, type RoundMessage } from '../../application/ports/round-store.port.js';
import { leavesOutReached, messagesOfRound, type RoundKind } from '../../domain/runs/rounds.js';
import type { Run } from '../../domain/runs/run.js';
import { CounterChanges, changeCounters } from './counters.js';
import { byKeysOnly } from './sql/feed.sql.js';
import * as sql from './sql/next-copies.sql.js';

/** Messages whose addresses one act compares. */
const mostCompared = 20_000;

type RunRef = { readonly runId: string; readonly tenantId: string };

/** What making copies needs of a run. */
interface CopySource {
  readonly tenantId: string;
  readonly runId: string;
  readonly state: RunState;
  readonly preparationId: string;
  readonly firstId: string;
  readonly lastId: string;
  readonly recipientKey: string;
}

interface RoundRow {
  readonly round: number;
  readonly kind: RoundKind;
  readonly messageId: string | null;
  readonly checkpoint: string | null;
}

interface MadeGroup {
  readonly state: MessageState;
  readonly reason: string | null;
  readonly isMade: boolean;
  readonly messages: number;
  readonly invoices: number;
  readonly lastId: string;
}

const source = `select r.tenant_id as "tenantId", r.id as "runId", r.state, p.id as "preparationId", p.first_id as "firstId",
    p.last_id as "lastId", p.definition ->> 'recipientKey' as "recipientKey"
  from message_runs r join preparations p on p.id = r.preparation_id where r.id = $1`;

@Injectable()
export class PostgresRoundStore extends RoundStore {
  constructor(private readonly database: Database) {
    super();
  }

  override async begin(tx: Transaction, run: Run, { kind, messageId, note }: NewRound): Promise<number> {
    const values = [run.tenantId, run.id];
    const [gate] = await tx.query<{ round: number }>(
      `insert into run_gates (tenant_id, run_id, round, revision, state)
       select $1, $2, max(round) + 1, 1, 'running' from run_gates where run_id = $2 returning round`,
      values,
    );
    const { round } = gate!;
    await tx.execute(
      `insert into run_rounds (tenant_id, run_id, round, kind, message_id, note, is_open)
       values ($1, $2, $3, $4, $5, $6, false)`,
      [...values, round, kind, messageId, note],
    );
    await tx.execute('update run_feeds set round = $2 where run_id = $1', [run.id, round]);
    return round;
  }

  override async isBeingMade(tx: Transaction, runId: string, kind: RoundKind): Promise<boolean> {
    const rows = await tx.query('select from run_rounds where run_id = $1 and kind = $2 and not is_open', [
      runId,
      kind,
    ]);
    return rows.length > 0;
  }

  override async changedAddresses({
    runId,
    tenantId,
    kind,
    messageId,
  }: RunRef & { readonly kind: RoundKind; readonly messageId?: string }): Promise<ChangedAddresses> {
    return this.database.inTenant(
      tenantId,
      async (tx) => {
        const [run] = await tx.query<CopySource>(source, [runId]);
        if (run === undefined) return { count: 0, first: [], withoutAddress: 0, lookedAt: 0 };
        const [changed] = await tx.query<Omit<ChangedAddresses, 'first'> & { first: ChangedRow[] }>(
          sql.changedAddresses,
          [
            tenantId,
            run.recipientKey,
            leavesOutReached(kind),
            run.preparationId,
            run.firstId,
            run.lastId,
            messagesOfRound[kind],
            mostCompared,
            messageId ?? null,
          ],
        );
        const { first, ...counts } = changed!;
        return {
          ...counts,
          first: first.map(({ before, after, ...row }) => ({
            ...row,
            before: before.map(addressOf),
            after: after.map(addressOf),
          })),
        };
      },
      { settings: byKeysOnly },
    );
  }

  override async findMessage(tx: Transaction, messageId: string): Promise<RoundMessage | undefined> {
    const [message] = await tx.query<RoundMessage>(
      `select id, run_id as "runId", state from messages where id = $1`,
      [messageId],
    );
    return message;
  }

  override async makeOne(tx: Transaction, { id }: Run, round: number, messageId: string): Promise<boolean> {
    const [run] = await tx.query<CopySource>(source, [id]);
    const row: RoundRow = { round, kind: 'resend', messageId, checkpoint: null };
    return run !== undefined && (await this.makeChunk(tx, run, row, 2)) === 1;
  }

  override async makeNext(run: RunRef, limit: number): Promise<boolean> {
    return this.database.inTenant(
      run.tenantId,
      async (tx) => {
        const found = await this.lock(tx, run.runId);
        if (found === undefined) return false;
        const [round] = await tx.query<RoundRow>(
          `select round, kind, message_id as "messageId", checkpoint
         from run_rounds where run_id = $1 and not is_open order by round limit 1`,
          [run.runId],
        );
        if (round === undefined) return false;
        await this.makeChunk(tx, found, round, limit);
        return true;
      },
      { settings: byKeysOnly },
    );
  }

  private async makeChunk(tx: Transaction, run: CopySource, round: RoundRow, limit: number): Promise<number> {
    const { tenantId, runId, firstId, lastId } = run;
    const groups = await tx.query<MadeGroup>(sql.makeCopies(sql.pickOfRound, '$10'), [
      tenantId,
      run.recipientKey,
      leavesOutReached(round.kind),
      round.checkpoint ?? firstId,
      lastId,
      run.preparationId,
      messagesOfRound[round.kind],
      limit,
      round.messageId,
      round.round,
    ]);
    const sum = (isMade: boolean) =>
      groups.filter((group) => group.isMade === isMade).reduce((total, { messages }) => total + messages, 0);
    const [made, leftOut] = [sum(true), sum(false)];
    if (made > 0) await this.feedFrom(tx, run, round.messageId, round.checkpoint);
    await tx.execute(
      `update run_rounds set checkpoint = $3, messages = messages + $4, left_out = left_out + $5, is_open = $6
       where run_id = $1 and round = $2`,
      [runId, round.round, groups[0]?.lastId ?? lastId, made, leftOut, made + leftOut < limit],
    );
    this.count(tx, run, groups);
    return made;
  }

  override async replaceLost(run: RunRef, limit: number): Promise<boolean> {
    return this.database.inTenant(
      run.tenantId,
      async (tx) => {
        const found = await this.lock(tx, run.runId);
        const lost = await tx.query<{ messageId: string; isWanted: boolean }>(
          `with next as (
           select message_id from lost_mails where run_id = $1 order by message_id limit $2 for update
         )
         delete from lost_mails l using next n, messages m, run_gates g
         where l.message_id = n.message_id and m.id = l.message_id and g.run_id = m.run_id and g.round = m.round
         returning l.message_id as "messageId", g.state <> 'stopped' and m.copy = l.copy as "isWanted"`,
          [run.runId, limit],
        );
        const ids = lost
          .filter(({ isWanted }) => isWanted)
          .map(({ messageId }) => messageId)
          .sort();
        if (found !== undefined && ids.length > 0) {
          const values = [run.tenantId, found.recipientKey, true, ids];
          const groups = await tx.query<MadeGroup>(sql.makeCopies(sql.pickLost, 'p.round'), values);
          await this.feedFrom(tx, found, ids[0]!, null);
          this.count(tx, found, groups);
        }
        return lost.length === limit;
      },
      { settings: byKeysOnly },
    );
  }

  /** The feed first, then the run, as everywhere. Undefined when the run was stopped meanwhile. */
  private async lock(tx: Transaction, runId: string): Promise<CopySource | undefined> {
    await tx.query('select from run_feeds where run_id = $1 for update', [runId]);
    await tx.query('select from message_runs where id = $1 for share', [runId]);
    const [run] = await tx.query<CopySource>(source, [runId]);
    return run?.state === 'stopped' ? undefined : run;
  }

  /** What was fed up to some message goes back, so that the new copies are found: to a checkpoint, or before a message. */
  private async feedFrom(
    tx: Transaction,
    { runId, firstId, preparationId }: CopySource,
    messageId: string | null,
    checkpoint: string | null,
  ): Promise<void> {
    await tx.execute(
      `with start as (
         select case when $2::uuid is null then $3::uuid else (select m.id from messages m
           where m.id < $2 and m.id >= $4 and m.preparation_id = $5 order by m.id desc limit 1) end as id)
       update run_feeds f set
         position = case when f.position is null or s.id is null then null else least(f.position, s.id) end,
         later_position = case when f.later_position is null or s.id is null then null else least(f.later_position, s.id) end
       from start s where f.run_id = $1`,
      [runId, messageId, checkpoint, firstId, preparationId],
    );
  }

  private count(
    tx: Transaction,
    { tenantId, preparationId }: CopySource,
    groups: readonly MadeGroup[],
  ): void {
    const changes = new CounterChanges();
    for (const { state, reason, messages, invoices } of groups.filter(({ isMade }) => isMade)) {
      for (const [status, of, sign] of [
        [state, reason, -1],
        ['pending', null, 1],
      ] as const) {
        const common = { tenantId, preparationId, status, reason: of ?? '' };
        changes.add({ ...common, unit: 'messages', count: sign * messages });
        changes.add({ ...common, unit: 'invoices', count: sign * invoices });
      }
    }
    changeCounters(tx, changes.list());
  }
}

type ChangedRow = Omit<ChangedAddresses['first'][number], 'before' | 'after'> & {
  readonly before: Recipient[];
  readonly after: Recipient[];
};

const addressOf = ({ kind, address }: Recipient) => ({ kind, address });

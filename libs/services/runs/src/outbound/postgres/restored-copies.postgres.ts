import { Injectable } from '@nestjs/common';
import type { CopyRef, Mode } from '@mailrun/contracts';
import { Database } from '@mailrun/platform-persistence';
import { RestoredCopies, type RestoredChunk } from '../../application/ports/restored-copies.port.js';
import { restoredOf } from './sql/feed.sql.js';

interface RestoredRunRow {
  readonly mode: Mode;
  readonly restored: { readonly to: string; readonly round: number };
  readonly checkpoint: string | null;
  readonly preparationId: string;
  readonly firstId: string;
  readonly lastId: string;
}

type RestoredCopyRow = CopyRef & {
  /** null: no copy of this message was fed. */
  readonly round: number | null;
};

const restoredRun = `select r.mode, r.restored_checkpoint as checkpoint, p.id as "preparationId", p.first_id as "firstId",
    p.last_id as "lastId", ${restoredOf} as restored
  from message_runs r join preparations p on p.id = r.preparation_id where r.id = $1 and r.restored_to is not null`;

/**
 * A stopped copy without a revision was never fed. `$1` preparation, `$2` only after this message or null, `$3`, `$4` first
 * and last id, `$5` limit of messages, `$6` rounds up to this one.
 */
const fedCopies = `with next as (
    select m.id, m.copy, m.round, m.revision, coalesce(m.own_state, m.state) as state from messages m
    where m.id > coalesce($2::uuid, $3) and m.id >= $3 and m.id <= $4 and m.preparation_id = $1 order by m.id limit $5
  ), fed as (
    select id, copy, round from next
    where state not in ('pending', 'skipped') and not (state = 'stopped' and revision = 0) and round <= $6
    union all
    select n.id, k.copy, k.round from next n join message_copies k on k.message_id = n.id
    where k.revision > 0 and k.round <= $6
  )
  select n.id as "messageId", f.copy, f.round from next n left join fed f on f.id = n.id order by n.id, f.copy`;

@Injectable()
export class PostgresRestoredCopies extends RestoredCopies {
  constructor(private readonly database: Database) {
    super();
  }

  override async next(
    { runId, tenantId }: { readonly runId: string; readonly tenantId: string },
    limit: number,
  ): Promise<RestoredChunk | undefined> {
    return this.database.inTenant(tenantId, async (tx) => {
      const [run] = await tx.query<RestoredRunRow>(restoredRun, [runId]);
      if (run === undefined) return undefined;
      const { mode, restored, checkpoint, preparationId, firstId, lastId } = run;
      const rows = await tx.query<RestoredCopyRow>(fedCopies, [
        preparationId,
        checkpoint,
        firstId,
        lastId,
        limit,
        restored.round,
      ]);
      const last = rows.at(-1);
      if (last === undefined) return undefined;
      const rounds = [...Map.groupBy(rows, ({ round }) => round)].flatMap(([round, of]) =>
        round === null ? [] : [{ round, copies: of.map(({ messageId, copy }) => ({ messageId, copy })) }],
      );
      return {
        runId,
        tenantId,
        mode,
        restoredTo: restored.to,
        rounds,
        checkpoint,
        lastMessageId: last.messageId,
      };
    });
  }

  override async advance({ runId, tenantId, checkpoint, lastMessageId }: RestoredChunk): Promise<void> {
    await this.database.inTenant(tenantId, (tx) =>
      tx.execute(
        'update message_runs set restored_checkpoint = $2 where id = $1 and restored_checkpoint is not distinct from $3',
        [runId, lastMessageId, checkpoint],
      ),
    );
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import {
  DeadLetterBox,
  type LetterChoice,
  type LetterPage,
  type ReplayResult,
} from '@mailrun/platform-messaging';
import type { Database, Transaction } from '@mailrun/platform-persistence';
import { inAllTenants, letterColumns, letterOf, placeOf, whereOf, type LetterRow } from './letter-rows.js';

export interface PostgresDeadLetterBoxOptions {
  /** How long a call waits without any replay done, before it leaves the rest to the process. Default 5 s. */
  readonly patienceMs?: number;
}

/**
 * Dead letters of the embedded shape. Its bus is inside the process, so a replay is asked for here and done there
 * (see `ReplayWorker`); the call waits while it goes on.
 */
export class PostgresDeadLetterBox extends DeadLetterBox {
  private readonly patienceMs: number;

  constructor(
    private readonly database: Database,
    { patienceMs = 5000 }: PostgresDeadLetterBoxOptions = {},
  ) {
    super();
    this.patienceMs = patienceMs;
  }

  override list(page: { topic?: string | undefined; limit: number; after?: string | undefined }) {
    const after = page.after === undefined ? undefined : placeOf(page.after);
    return inAllTenants(this.database, async (tx): Promise<LetterPage> => {
      const rows = await tx.query<LetterRow>(
        `select ${letterColumns} from dead_letters
         where ($1::text is null or topic = $1)
           and ($2::text is null or (topic collate "C", number) > ($2::text collate "C", $3::bigint))
         order by topic collate "C", dead_letters.number limit $4`,
        [page.topic ?? null, after?.topic ?? null, after?.number ?? null, page.limit + 1],
      );
      const items = rows.slice(0, page.limit).map(letterOf);
      return { items, next: rows.length > items.length ? items.at(-1)?.id : undefined };
    });
  }

  override async find(id: string) {
    const where = whereOf({ id });
    if (where === undefined) return undefined;
    const [row] = await inAllTenants(this.database, (tx) =>
      tx.query<LetterRow & { value: string }>(
        `select ${letterColumns}, value from dead_letters where ${where.sql}`,
        where.values,
      ),
    );
    return row && { ...letterOf(row), value: row.value };
  }

  override async replay(
    choice: LetterChoice,
    onProgress: (replayed: number) => void = () => {},
  ): Promise<ReplayResult> {
    const where = whereOf(choice);
    if (where === undefined) return { replayed: 0, waiting: 0, tooOld: 0 };
    const count = async (tx: Transaction, condition: string) => {
      const [row] = await tx.query<{ total: number }>(
        `select count(*)::int as total from dead_letters where ${where.sql} and ${condition}`,
        where.values,
      );
      return row!.total;
    };
    const isWaiting = 'replay_asked_at is not null and replayable_until > now()';
    const { asked, tooOld } = await inAllTenants(this.database, async (tx) => {
      await tx.execute(
        `update dead_letters set replay_asked_at = now()
         where ${where.sql} and replay_asked_at is null and replayable_until > now()`,
        where.values,
      );
      // Also those that somebody else asked for: they are waited for as well.
      return { asked: await count(tx, isWaiting), tooOld: await count(tx, 'replayable_until <= now()') };
    });
    let waiting = asked;
    let movedAt = Date.now();
    while (waiting > 0 && Date.now() - movedAt < this.patienceMs) {
      await delay(100);
      const left = await inAllTenants(this.database, (tx) => count(tx, isWaiting));
      if (left >= waiting) continue;
      waiting = left;
      movedAt = Date.now();
      onProgress(asked - waiting);
    }
    return { replayed: asked - waiting, waiting, tooOld };
  }

  override drop(choice: LetterChoice): Promise<number> {
    const where = whereOf(choice);
    if (where === undefined) return Promise.resolve(0);
    return inAllTenants(this.database, (tx) =>
      tx.execute(`delete from dead_letters where ${where.sql}`, where.values),
    );
  }
}

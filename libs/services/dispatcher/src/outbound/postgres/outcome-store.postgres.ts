import { Injectable } from '@nestjs/common';
import type { Reply } from '@mailrun/contracts';
import { Database } from '@mailrun/platform-persistence';
import type { ToldOutcome } from '../../application/ports/mail-queue.port.js';
import { OutcomeStore, type MessageHistory } from '../../application/ports/outcome-store.port.js';
import type { CopyOutcome } from '../../domain/copy-outcome.js';
import type { MailKey } from '../../domain/mail.js';
import type { AttemptState } from '../../domain/settle-attempt.js';
import { outcomesInOrder } from './mail-intake.postgres.js';
import { outcomeFrom, selectOutcomes, type OutcomeRow } from './mail.row.js';

@Injectable()
export class PostgresOutcomeStore extends OutcomeStore {
  constructor(private readonly database: Database) {
    super();
  }

  current(tenantId: string, copies: readonly MailKey[]): Promise<CopyOutcome[]> {
    return this.database.inTenant(tenantId, (tx) => outcomesInOrder(tx, copies));
  }

  async untold(olderThanMs: number, limit: number): Promise<CopyOutcome[]> {
    const keys = await this.database.once<{ tenant_id: string; message_id: string; copy: number }>(
      [],
      'untold',
      `select tenant_id, message_id, copy from outbox where created_at < now() - $1 * interval '1 ms'
       order by created_at limit $2`,
      [olderThanMs, limit],
    );
    if (keys.length === 0) return [];
    const copies = keys.map(({ message_id, copy }) => ({ messageId: message_id, copy }));
    return this.database.inTenants(
      keys.map(({ tenant_id }) => tenant_id),
      (tx) => outcomesInOrder(tx, copies),
    );
  }

  async forget(told: readonly ToldOutcome[]): Promise<void> {
    if (told.length === 0) return;
    const keys = told.map(({ messageId, copy, revision }) => ({ message_id: messageId, copy, revision }));
    await this.database.once(
      [],
      'forget-told',
      `delete from outbox o using json_to_recordset($1::json) as t(message_id uuid, copy int, revision int)
       where o.message_id = any($2::uuid[]) and o.message_id = t.message_id and o.copy = t.copy
         and o.revision <= t.revision`,
      [JSON.stringify(keys), keys.map(({ message_id }) => message_id)],
    );
  }

  history(tenantId: string, messageId: string): Promise<MessageHistory | undefined> {
    return this.database.inTenant(tenantId, async (tx) => {
      const outcomes = await tx.query<OutcomeRow>(
        `${selectOutcomes} where m.message_id = $1 order by m.copy`,
        [messageId],
      );
      if (outcomes.length === 0) return undefined;
      const attempts = await tx.query<AttemptRow>(
        `select copy, number, state, server_key, started_at, ended_at, reply from attempts
         where message_id = $1 order by copy, number`,
        [messageId],
      );
      const [sealed] = await tx.query<{ subject: string }>(
        'select subject from sealed_mails where message_id = $1 order by copy desc limit 1',
        [messageId],
      );
      return {
        subject: sealed?.subject,
        outcomes: outcomes.map(outcomeFrom),
        attempts: attempts.map((row) => ({
          copy: row.copy,
          attempt: row.number,
          startedAt: row.started_at,
          endedAt: row.ended_at,
          state: row.state,
          serverKey: row.server_key ?? undefined,
          reply: row.reply ?? undefined,
        })),
      };
    });
  }
}

interface AttemptRow {
  readonly copy: number;
  readonly number: number;
  readonly state: AttemptState;
  readonly server_key: string | null;
  readonly started_at: Date;
  readonly ended_at: Date;
  readonly reply: Reply | null;
}

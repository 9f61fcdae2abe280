import { Injectable } from '@nestjs/common';
import type { Reply } from '@mailrun/contracts';
import { Database } from '@mailrun/platform-persistence';
import type { OutboxEntry } from '../../application/ports/mail-queue.port.js';
import { OutcomeStore, type MessageHistory } from '../../application/ports/outcome-store.port.js';
import type { CopyOutcome } from '../../domain/copy-outcome.js';
import { keyOfMail, type MailKey } from '../../domain/mail.js';
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

  async untold(olderThanMs: number, limit: number): Promise<OutboxEntry[]> {
    const copies = await this.database.once<UntoldRow>(
      [],
      'untold',
      // Entries whole, so that what is told of one may take it out: as many as begin within the limit.
      `select o.entry_id, o.tenant_id, o.message_id, o.copy
       from (select id from (
           select id, created_at, sum(cardinality(copies)) over (order by created_at, id) - cardinality(copies) as before
           from outbox_entries where created_at < now() - $1 * interval '1 ms') as e
         where e.before < $2) as due
       join outbox o on o.entry_id = due.id`,
      [olderThanMs, limit],
    );
    if (copies.length === 0) return [];
    const keys = copies.map(({ message_id, copy }) => ({ messageId: message_id, copy }));
    const outcomes = await this.database.inTenants(
      copies.map(({ tenant_id }) => tenant_id),
      (tx) => outcomesInOrder(tx, keys),
    );
    const byKey = new Map(outcomes.map((one) => [keyOfMail(one.outcome), one]));
    // A mail that was purged meanwhile has nothing to tell.
    return [...Map.groupBy(copies, ({ entry_id }) => entry_id)].map(([entry, of]) => ({
      entry,
      outcomes: of.flatMap(
        ({ message_id, copy }) => byKey.get(keyOfMail({ messageId: message_id, copy })) ?? [],
      ),
    }));
  }

  async forget(entries: readonly string[]): Promise<void> {
    if (entries.length === 0) return;
    await this.database.once([], 'forget-told', 'delete from outbox_entries where id = any($1::uuid[])', [
      entries,
    ]);
  }

  history(tenantId: string, messageId: string): Promise<MessageHistory | undefined> {
    return this.database.inTenant(tenantId, async (tx) => {
      const [outcomes, attempts, [sealed]] = await Promise.all([
        tx.prepared<OutcomeRow>(
          'outcomes-of-message',
          `${selectOutcomes} where m.message_id = $1 order by m.copy`,
          [messageId],
        ),
        tx.prepared<AttemptRow>(
          'attempts-of-message',
          `select copy, number, state, server_key, started_at, ended_at, reply from attempts
           where message_id = $1 order by copy, number`,
          [messageId],
        ),
        tx.prepared<{ subject: string }>(
          'subject-of-message',
          'select subject from sealed_mails where message_id = $1 order by copy desc limit 1',
          [messageId],
        ),
      ]);
      if (outcomes.length === 0) return undefined;
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

interface UntoldRow {
  readonly entry_id: string;
  readonly tenant_id: string;
  readonly message_id: string;
  readonly copy: number;
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

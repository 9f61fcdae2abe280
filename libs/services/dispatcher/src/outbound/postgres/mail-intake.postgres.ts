import { Injectable } from '@nestjs/common';
import type { Reply } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import {
  MailIntake,
  type CopiesToEnd,
  type MailToAccept,
  type SealedMail,
} from '../../application/ports/mail-intake.port.js';
import { outcomeRecipients, type CopyOutcome } from '../../domain/copy-outcome.js';
import { keyOfMail, type MailKey } from '../../domain/mail.js';
import { defaultGiveUpAfterHours } from '../../domain/retry-delay.js';
import { enterContentsSql, enterMailsSql, holdRestoredSql } from './accept-mails.sql.js';
import { outcomeFrom, selectOutcomes, type OutcomeRow } from './mail.row.js';

/** A copy to be entered: a mail that came, or one that never will. */
type NewCopy = Omit<MailToAccept, 'content'> & {
  readonly content: MailToAccept['content'] | EndedCopy;
};

interface EndedCopy {
  readonly kind: 'ended';
  readonly as: CopiesToEnd['as'];
  readonly reply?: Reply;
}

interface EnteredRow {
  readonly message_id: string;
  readonly copy: number;
  readonly state: 'accepted' | 'failed' | CopiesToEnd['as'];
  readonly revision: number;
  readonly updated_at: Date;
  readonly reply: Reply | null;
}

@Injectable()
export class PostgresMailIntake extends MailIntake {
  constructor(private readonly database: Database) {
    super();
  }

  accept(mails: readonly MailToAccept[]): Promise<CopyOutcome[]> {
    return this.enter(mails);
  }

  enterEnded({ copies, as, reply, ...common }: CopiesToEnd): Promise<CopyOutcome[]> {
    const content: EndedCopy = { kind: 'ended', as, ...(reply === undefined ? {} : { reply }) };
    return this.enter(copies.map(({ messageId, copy }) => ({ ...common, messageId, copy, content })));
  }

  private async enter(given: readonly NewCopy[]): Promise<CopyOutcome[]> {
    if (given.length === 0) return [];
    const first = new Map<string, NewCopy>();
    for (const copy of given) if (!first.has(keyOfMail(copy))) first.set(keyOfMail(copy), copy);
    // Sorted, so that two batches that share mails wait for each other instead of locking each other out.
    const unique = [...first.values()].toSorted((a, b) => (keyOfMail(a) < keyOfMail(b) ? -1 : 1));
    const tenantIds = unique.map(({ tenantId }) => tenantId);
    try {
      return await this.database.inTenants(tenantIds, async (tx) => {
        const entered = await enterMails(tx, unique);
        await enterContents(
          tx,
          unique.filter((copy) => entered.has(keyOfMail(copy))),
          entered,
        );
        const there = unique.filter((copy) => !entered.has(keyOfMail(copy)));
        await holdRestored(tx, there);
        const known = await outcomesInOrder(tx, there);
        const outcomes = new Map(known.map((one) => [keyOfMail(one.outcome), one]));
        for (const [key, row] of entered) outcomes.set(key, firstOutcome(first.get(key)!, row));
        return given.map((copy) => outcomes.get(keyOfMail(copy))).filter((one) => one !== undefined);
      });
    } catch (error) {
      // PostgreSQL says so when no month's partition takes an id: it is no UUIDv7 of our time.
      if ((error as { code?: string }).code === '23514' && /no partition/.test((error as Error).message)) {
        throw new Refusal(
          'rule',
          'dispatch.message-id',
          'The message id is no UUIDv7 of a month that is kept.',
        );
      }
      throw error;
    }
  }
}

/** Reads what holds now, in the given order. */
export async function outcomesInOrder(tx: Transaction, asked: readonly MailKey[]): Promise<CopyOutcome[]> {
  if (asked.length === 0) return [];
  const rows = await tx.prepared<OutcomeRow>(
    'outcomes',
    `${selectOutcomes}
     join unnest($1::uuid[], $2::int[]) as a(message_id, copy) on a.message_id = m.message_id and a.copy = m.copy
     where m.message_id = any($1::uuid[])`,
    [asked.map(({ messageId }) => messageId), asked.map(({ copy }) => copy)],
  );
  const byKey = new Map(rows.map((row) => [keyOfMail({ messageId: row.message_id, copy: row.copy }), row]));
  return asked.flatMap((key) => {
    const row = byKey.get(keyOfMail(key));
    return row ? [outcomeFrom(row)] : [];
  });
}

async function holdRestored(tx: Transaction, there: readonly NewCopy[]): Promise<void> {
  const restored = there.filter(({ content }) => content.kind === 'ended' && content.as === 'uncertain');
  const [first] = restored;
  if (first?.content.kind !== 'ended') return;
  await tx.execute(holdRestoredSql, [
    restored.map(({ messageId }) => messageId),
    restored.map(({ copy }) => copy),
    // One reply for all: they come in one call.
    first.content.reply === undefined ? null : JSON.stringify(first.content.reply),
  ]);
}

/** Answers those that were not there before. */
async function enterMails(tx: Transaction, copies: readonly NewCopy[]): Promise<Map<string, EnteredRow>> {
  const rows = copies.map(({ content, ...copy }) => ({
    tenant_id: copy.tenantId,
    message_id: copy.messageId,
    copy: copy.copy,
    run_id: copy.runId,
    round: copy.round,
    mode: copy.mode,
    traceparent: copy.traceparent,
    fed_at: copy.fedAt,
    ...(content.kind === 'ended' ? { ended_as: content.as } : {}),
    ...(content.kind === 'sealed' ? {} : { reply: content.reply }),
    ...(content.kind === 'sealed'
      ? {
          server_key: content.serverKey,
          from_key: content.fromKey,
          in_doubt_policy: content.inDoubtPolicy,
        }
      : {}),
  }));
  const entered = await tx.prepared<EnteredRow>('enter-mails', enterMailsSql, [JSON.stringify(rows)]);
  return new Map(entered.map((row) => [keyOfMail({ messageId: row.message_id, copy: row.copy }), row]));
}

async function enterContents(
  tx: Transaction,
  copies: readonly NewCopy[],
  entered: ReadonlyMap<string, EnteredRow>,
): Promise<void> {
  const pieces: Buffer[] = [];
  let length = 0;
  const sealed: object[] = [];
  const recipients: object[] = [];
  const runs = new Map<string, object>();
  for (const { content, tenantId, runId, mode, ...key } of copies) {
    if (content.kind !== 'sealed') continue;
    const ids = { tenant_id: tenantId, message_id: key.messageId, copy: key.copy };
    sealed.push({ ...ids, ...sealedJson(content, length) });
    if ('inline' in content.bytes) {
      pieces.push(content.bytes.inline);
      length += content.bytes.inline.length;
    }
    content.recipients.forEach(({ kind, address }, position) =>
      recipients.push({ ...ids, position, kind, address }),
    );
    if (entered.get(keyOfMail(key))!.state !== 'accepted') continue;
    const { serverKey } = content;
    runs.set(`${tenantId}/${serverKey}/${runId}`, {
      tenant_id: tenantId,
      server_key: serverKey,
      run_id: runId,
      mode,
    });
  }
  if (sealed.length === 0) return;
  await tx.prepared('enter-contents', enterContentsSql, [
    JSON.stringify(sealed),
    Buffer.concat(pieces, length),
    JSON.stringify(recipients),
    JSON.stringify([...runs.values()]),
  ]);
}

const sealedJson = (content: SealedMail, startsAt: number) => ({
  sha256: content.sha256,
  size_bytes: content.sizeBytes,
  message_id_header: content.messageIdHeader,
  subject: content.subject,
  envelope_from: content.envelopeFrom,
  give_up_after_hours: content.giveUpAfterHours ?? defaultGiveUpAfterHours,
  ...('blobKey' in content.bytes
    ? { blob_key: content.bytes.blobKey }
    : { starts_at: startsAt, length: content.bytes.inline.length }),
});

/** The outcome of a copy that was just entered, without asking the database for it. */
function firstOutcome(copy: NewCopy, row: EnteredRow): CopyOutcome {
  const { content } = copy;
  const recipients = content.kind === 'sealed' ? content.recipients : [];
  return {
    tenantId: copy.tenantId,
    runId: copy.runId,
    round: copy.round,
    mode: copy.mode,
    ...(copy.traceparent === undefined ? {} : { traceparent: copy.traceparent }),
    outcome: {
      messageId: copy.messageId,
      copy: copy.copy,
      revision: row.revision,
      state: row.state,
      at: row.updated_at.toISOString(),
      attempts: 0,
      ...(content.kind === 'sealed'
        ? {
            serverKey: content.serverKey,
            messageIdHeader: content.messageIdHeader,
            sizeBytes: content.sizeBytes,
          }
        : {}),
      ...(row.reply === null ? {} : { reply: row.reply }),
      recipients: outcomeRecipients(
        row.state,
        recipients.map((recipient, position) => ({ ...recipient, position })),
      ),
    },
  };
}

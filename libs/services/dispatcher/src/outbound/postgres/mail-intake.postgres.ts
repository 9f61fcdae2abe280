import { Injectable } from '@nestjs/common';
import { Refusal } from '@mailrun/platform-errors';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import {
  MailIntake,
  type CopiesToStop,
  type MailToAccept,
} from '../../application/ports/mail-intake.port.js';
import type { CopyOutcome } from '../../domain/copy-outcome.js';
import { keyOfMail, type MailKey } from '../../domain/mail.js';
import { acceptMailsSql } from './accept-mails.sql.js';
import { outcomeFrom, selectOutcomes, type OutcomeRow } from './mail.row.js';

@Injectable()
export class PostgresMailIntake extends MailIntake {
  constructor(private readonly database: Database) {
    super();
  }

  async accept(mails: readonly MailToAccept[]): Promise<CopyOutcome[]> {
    if (mails.length === 0) return [];
    const first = new Map<string, MailToAccept>();
    for (const mail of mails) if (!first.has(keyOfMail(mail))) first.set(keyOfMail(mail), mail);
    // Sorted, so that two batches that share mails wait for each other instead of locking each other out.
    const unique = [...first.values()].toSorted((a, b) => (keyOfMail(a) < keyOfMail(b) ? -1 : 1));
    const bytes = new InlineBytes();
    const copies = unique.map((mail) => copyJson(mail, bytes));
    const recipients = unique.flatMap(({ messageId, copy, content }) =>
      content.kind === 'refused'
        ? []
        : content.recipients.map(({ kind, address }, position) => ({
            message_id: messageId,
            copy,
            position,
            kind,
            address,
          })),
    );
    return this.enter(
      unique.map(({ tenantId }) => tenantId),
      [JSON.stringify(copies), bytes.all(), JSON.stringify(recipients)],
      mails,
    );
  }

  async enterStopped({ tenantId, runId, round, mode, copies }: CopiesToStop): Promise<CopyOutcome[]> {
    if (copies.length === 0) return [];
    const rows = copies
      .toSorted((a, b) => (keyOfMail(a) < keyOfMail(b) ? -1 : 1))
      .map(({ messageId, copy }) => ({
        tenant_id: tenantId,
        message_id: messageId,
        copy,
        run_id: runId,
        round,
        mode,
        is_stopped: true,
      }));
    return this.enter([tenantId], [JSON.stringify(rows), Buffer.alloc(0), '[]'], copies);
  }

  private async enter(
    tenantIds: readonly string[],
    values: readonly unknown[],
    asked: readonly MailKey[],
  ): Promise<CopyOutcome[]> {
    try {
      return await this.database.inTenants(tenantIds, async (tx) => {
        await tx.prepared('accept-mails', acceptMailsSql, values);
        return outcomesInOrder(tx, asked);
      });
    } catch (error) {
      // PostgreSQL names it when no month's partition takes an id: it is no UUIDv7 of our time.
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

/** Reads what holds now, each copy once for each time that it is asked for. */
export async function outcomesInOrder(tx: Transaction, asked: readonly MailKey[]): Promise<CopyOutcome[]> {
  const rows = await tx.prepared<OutcomeRow>(
    'outcomes',
    `${selectOutcomes}
     join unnest($1::uuid[], $2::int[]) as a(message_id, copy) on a.message_id = m.message_id and a.copy = m.copy`,
    [asked.map(({ messageId }) => messageId), asked.map(({ copy }) => copy)],
  );
  const byKey = new Map(rows.map((row) => [keyOfMail({ messageId: row.message_id, copy: row.copy }), row]));
  return asked.flatMap((key) => {
    const row = byKey.get(keyOfMail(key));
    return row ? [outcomeFrom(row)] : [];
  });
}

/** Collects the inline bytes of a batch. */
class InlineBytes {
  private readonly pieces: Buffer[] = [];
  private length = 0;

  /** Where the piece starts. */
  add(piece: Buffer): number {
    const start = this.length;
    this.pieces.push(piece);
    this.length += piece.length;
    return start;
  }

  all(): Buffer {
    return Buffer.concat(this.pieces, this.length);
  }
}

function copyJson(mail: MailToAccept, bytes: InlineBytes) {
  const { content } = mail;
  const common = {
    tenant_id: mail.tenantId,
    message_id: mail.messageId,
    copy: mail.copy,
    run_id: mail.runId,
    round: mail.round,
    mode: mail.mode,
    traceparent: mail.traceparent,
    is_stopped: false,
  };
  if (content.kind === 'refused') return { ...common, reply: content.reply };
  return {
    ...common,
    server_key: content.serverKey,
    from_key: content.fromKey,
    in_doubt_policy: content.inDoubtPolicy,
    sha256: content.sha256,
    size_bytes: content.sizeBytes,
    message_id_header: content.messageIdHeader,
    subject: content.subject,
    envelope_from: content.envelopeFrom,
    ...('blobKey' in content.bytes
      ? { blob_key: content.bytes.blobKey }
      : { starts_at: bytes.add(content.bytes.inline), length: content.bytes.inline.length }),
  };
}

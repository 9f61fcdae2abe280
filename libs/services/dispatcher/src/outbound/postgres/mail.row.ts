import type { Mode, RecipientKind, RecipientState, Reply } from '@mailrun/contracts';
import { copyStateOf, outcomeRecipients, type CopyOutcome } from '../../domain/copy-outcome.js';
import type { MailRecipient, MailState } from '../../domain/mail.js';

/** A recipient as the statements below build it: short names, because there are many. */
export interface RecipientJson {
  readonly p: number;
  readonly k: RecipientKind;
  readonly a: string;
  readonly s: RecipientState | null;
  readonly r: Reply | null;
}

/** The recipients of `m` as one JSON array. */
export const recipientsOf = (m: string): string =>
  `(select coalesce(json_agg(json_build_object('p', r.position, 'k', r.kind, 'a', r.address, 's', r.state, 'r', r.reply)
      order by r.position), '[]')
    from recipients r where r.message_id = ${m}.message_id and r.copy = ${m}.copy)`;

export function recipientFrom({ p, k, a, s, r }: RecipientJson): MailRecipient {
  return {
    position: p,
    kind: k,
    address: a,
    ...(s === null ? {} : { own: { state: s, ...(r === null ? {} : { reply: r }) } }),
  };
}

/** What an outcome is made of. */
export interface OutcomeRow {
  readonly tenant_id: string;
  readonly message_id: string;
  readonly copy: number;
  readonly run_id: string;
  readonly round: number;
  readonly mode: Mode;
  readonly traceparent: string | null;
  readonly state: MailState;
  readonly revision: number;
  readonly attempts: number;
  /** Null while it is in a dispatcher's hands, and when nothing more is due. */
  readonly due_at: Date | null;
  readonly updated_at: Date;
  readonly server_key: string | null;
  readonly reply: Reply | null;
  readonly message_id_header: string | null;
  readonly size_bytes: number | null;
  readonly recipients: readonly RecipientJson[];
}

/** Reads {@link OutcomeRow}s of `mails m`; a condition follows. */
export const selectOutcomes = `
  select m.tenant_id, m.message_id, m.copy, m.run_id, m.round, m.mode, m.traceparent, m.state, m.revision, m.attempts,
    m.due_at, m.updated_at, m.server_key, m.reply, s.message_id_header, s.size_bytes,
    ${recipientsOf('m')} as recipients
  from mails m left join sealed_mails s on s.message_id = m.message_id and s.copy = m.copy`;

export function outcomeFrom(row: OutcomeRow): CopyOutcome {
  const state = copyStateOf(row.state, row.reply !== null);
  return {
    tenantId: row.tenant_id,
    runId: row.run_id,
    round: row.round,
    mode: row.mode,
    ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
    outcome: {
      messageId: row.message_id,
      copy: row.copy,
      revision: row.revision,
      state,
      at: row.updated_at.toISOString(),
      ...(state === 'deferred' ? { nextTryAt: (row.due_at ?? row.updated_at).toISOString() } : {}),
      attempts: row.attempts,
      ...(row.server_key === null ? {} : { serverKey: row.server_key }),
      ...(row.message_id_header === null ? {} : { messageIdHeader: row.message_id_header }),
      ...(row.size_bytes === null ? {} : { sizeBytes: row.size_bytes }),
      ...(row.reply === null ? {} : { reply: row.reply }),
      recipients: outcomeRecipients(row.state, row.recipients.map(recipientFrom)),
    },
  };
}

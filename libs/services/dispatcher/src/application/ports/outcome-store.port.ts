import type { CopyOutcome } from '../../domain/copy-outcome.js';
import type { MailKey } from '../../domain/mail.js';
import type { AttemptState } from '../../domain/settle-attempt.js';
import type { Reply } from '@mailrun/contracts';
import type { OutboxEntry } from './mail-queue.port.js';

export interface AttemptRecord {
  readonly copy: number;
  readonly attempt: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly state: AttemptState;
  readonly serverKey: string | undefined;
  readonly reply: Reply | undefined;
}

export interface MessageHistory {
  readonly subject: string | undefined;
  readonly outcomes: readonly CopyOutcome[];
  readonly attempts: readonly AttemptRecord[];
}

/** What became of copies, for whoever asks. */
export abstract class OutcomeStore {
  /** Current outcomes, in the given order; copies that are not here are left out. */
  abstract current(tenantId: string, copies: readonly MailKey[]): Promise<CopyOutcome[]>;

  /**
   * Entries of the outbox older than this, oldest first, with the current outcomes of their copies. Over all tenants,
   * about `limit` outcomes.
   */
  abstract untold(olderThanMs: number, limit: number): Promise<OutboxEntry[]>;

  /** Takes entries out of the outbox. */
  abstract forget(entries: readonly string[]): Promise<void>;

  /** All copies of a message with their attempts; undefined when it is not here. */
  abstract history(tenantId: string, messageId: string): Promise<MessageHistory | undefined>;
}

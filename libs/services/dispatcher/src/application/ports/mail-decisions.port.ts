import type { Reply } from '@mailrun/contracts';
import type { DecidedMail } from '../../domain/decide-mail.js';
import type { MailKey, MailRecipient, SealedBytes } from '../../domain/mail.js';

/** A copy in the revision that was decided about. */
export interface MailRevision extends MailKey {
  readonly revision: number;
}

export interface UncertainMail extends MailRevision {
  readonly recipients: readonly MailRecipient[];
  /** Undefined where nothing was sealed, or the bytes were purged. */
  readonly bytes: SealedBytes | undefined;
  /** Its round, or a later one, is stopped: nothing of it is sent again. */
  readonly isRoundStopped: boolean;
}

export interface MailDecision extends MailRevision, DecidedMail {
  readonly reply: Reply;
}

/** Uncertain mails, and what people make of them. */
export abstract class MailDecisions {
  /** Those of the copies that are uncertain in the given revision. */
  abstract uncertain(tenantId: string, copies: readonly MailRevision[]): Promise<UncertainMail[]>;

  /**
   * Writes decisions down, with their entries in the outbox, in one transaction. One about a mail that is no longer
   * uncertain in its revision changes nothing, nor does one that would send again in a stopped round.
   *
   * @returns the mails that were decided
   */
  abstract decide(tenantId: string, decisions: readonly MailDecision[]): Promise<MailKey[]>;
}

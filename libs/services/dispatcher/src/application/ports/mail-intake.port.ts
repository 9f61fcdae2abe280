import type { InDoubtPolicy, Mode, RecipientKind, Reply } from '@mailrun/contracts';
import type { CopyOutcome } from '../../domain/copy-outcome.js';
import type { MailKey } from '../../domain/mail.js';

/** A copy as it arrives: a sealed mail, or an earlier step's refusal. */
export interface MailToAccept extends MailKey {
  readonly tenantId: string;
  readonly runId: string;
  readonly round: number;
  readonly mode: Mode;
  readonly traceparent?: string;
  /** When runs fed it, by the database's clock; left out for records that do not say. */
  readonly fedAt?: Date;
  readonly content: SealedMail | { readonly kind: 'refused'; readonly reply: Reply };
}

export interface SealedMail {
  readonly kind: 'sealed';
  readonly serverKey: string;
  readonly fromKey: string;
  readonly inDoubtPolicy: InDoubtPolicy;
  /** How long it is tried when it is put off; 72 hours when left out. */
  readonly giveUpAfterHours?: number | undefined;
  readonly messageIdHeader: string;
  readonly subject: string;
  readonly envelopeFrom: string;
  readonly recipients: readonly { readonly kind: RecipientKind; readonly address: string }[];
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly bytes: { readonly inline: Buffer } | { readonly blobKey: string };
}

/** Copies to be entered without a mail, because they never will have one here. */
export interface CopiesToEnd {
  readonly tenantId: string;
  readonly runId: string;
  readonly round: number;
  readonly mode: Mode;
  readonly copies: readonly MailKey[];
  /** `uncertain`: they may have left before the database was restored. */
  readonly as: 'stopped' | 'uncertain';
  readonly reply?: Reply;
}

/** Where copies come in. The first entry of a (message, copy) decides; later ones change nothing. */
export abstract class MailIntake {
  /**
   * Enters the batch in one transaction: as waiting, as failed when it is a refusal, as stopped when the gate of its
   * round (or a later one) is stopped. Answers the current outcome of each, in the given order, entered now or before;
   * what was fed before a restore was reconciled, and is of no round that was under way then, is left out.
   */
  abstract accept(mails: readonly MailToAccept[]): Promise<CopyOutcome[]>;

  /**
   * Enters those that are not there yet in the given state; answers the outcomes of all. As `uncertain`, with a
   * `restoredRevision`, also those that were entered and nothing else since: such a record was fed before the restore.
   */
  abstract enterEnded(given: CopiesToEnd): Promise<CopyOutcome[]>;
}

import type { InDoubtPolicy, Mode, RecipientKind, RecipientState, Reply } from '@mailrun/contracts';

/**
 * States of a mail in the dispatcher. `claimed` and `transmitting` are inner ones: whoever asks gets `accepted`, or
 * `deferred` once there was an attempt. A mail that is `transmitting` may have left: after a crash it is uncertain.
 */
export const mailStates = [
  'accepted',
  'deferred',
  'claimed',
  'transmitting',
  'uncertain',
  'sent',
  'failed',
  'partly-sent',
  'stopped',
] as const;
export type MailState = (typeof mailStates)[number];

/** One copy of a message: the key of everything here. */
export interface MailKey {
  readonly messageId: string;
  readonly copy: number;
}

export const keyOfMail = ({ messageId, copy }: MailKey): string => `${messageId}.${copy}`;

/**
 * One address of a mail. A state of its own is kept only where it differs from what the mail's state implies
 * ({@link impliedState}); most mails have one recipient, and the hot path then writes one row less.
 */
export interface MailRecipient {
  readonly position: number;
  readonly kind: RecipientKind;
  readonly address: string;
  readonly own?: { readonly state: RecipientState; readonly reply?: Reply };
}

/** Where the sealed bytes are. */
export type SealedBytes =
  | { readonly inline: Buffer }
  | { readonly blob: { readonly key: string; readonly sha256: string; readonly sizeBytes: number } };

/** Everything about a mail that a conversation needs. */
export interface ClaimedMail extends MailKey {
  readonly tenantId: string;
  readonly runId: string;
  readonly round: number;
  readonly mode: Mode;
  readonly serverKey: string;
  readonly fromKey: string;
  readonly inDoubtPolicy: InDoubtPolicy;
  readonly envelopeFrom: string;
  readonly messageIdHeader: string;
  readonly sizeBytes: number;
  readonly bytes: SealedBytes;
  readonly recipients: readonly MailRecipient[];
  /** The fence: every write about this claim names it, and changes nothing when another claim came after it. */
  readonly attemptToken: string;
  /** Conversations so far. */
  readonly attempts: number;
  /** Those of them that count against the mail: the delay grows with them. */
  readonly retries: number;
  /** Since its first conversation began, by the database's clock; 0 before. */
  readonly sinceFirstTryMs: number;
  /** It goes again although the end of an earlier conversation is unknown: by policy, or because someone decided so. */
  readonly mayHaveLeft: boolean;
  /** A mail that was put off for longer is given up. */
  readonly giveUpAfterMs: number;
  readonly traceparent?: string;
}

/** What a mail's state says about each recipient that has no state of its own. */
export function impliedState(state: MailState): RecipientState {
  switch (state) {
    case 'accepted':
    case 'claimed':
    case 'transmitting':
      return 'pending';
    case 'deferred':
      return 'deferred';
    case 'uncertain':
      return 'uncertain';
    case 'sent':
    case 'partly-sent':
      return 'accepted';
    case 'failed':
      return 'refused';
    case 'stopped':
      return 'stopped';
  }
}

/** The recipients that a next conversation may name. */
export function openRecipients(recipients: readonly MailRecipient[]): MailRecipient[] {
  return recipients.filter(
    ({ own }) => own === undefined || own.state === 'pending' || own.state === 'deferred',
  );
}

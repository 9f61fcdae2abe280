import type { MessageState } from '@mailrun/contracts';

/** Rounds after the first one. */
export type RoundKind = 'send-rest' | 'retry-failed' | 'resend';

/** Which messages get their next copy. What was skipped never left and never will: another run is prepared for it. */
export const messagesOfRound: Readonly<Record<RoundKind, readonly MessageState[]>> = {
  'send-rest': ['stopped'],
  'retry-failed': ['failed', 'partly-sent'],
  resend: ['sent', 'failed', 'partly-sent', 'stopped', 'uncertain'],
};

/** A retry names only whom no copy reached; who asks for a mail again gets it with all its recipients. */
export const leavesOutReached = (kind: RoundKind): boolean => kind !== 'resend';

import type { MessageState } from '@mailrun/contracts';
import { isFinal } from './message-state.js';

/** Who holds an invoice (revision) of a definition. */
export interface ClaimHolder {
  readonly messageId: string;
  readonly state: MessageState;
}

export type ClaimVerdict =
  | { readonly kind: 'taken-over' }
  | { readonly kind: 'skipped'; readonly reason: 'already-sent' | 'in-another-run' };

/** What becomes of an invoice that is held already when a message that carries it is fed. */
export function settleClaim(holder: ClaimHolder, messageId: string, isSendAgain: boolean): ClaimVerdict {
  if (holder.messageId === messageId) return { kind: 'taken-over' };
  if (!isFinal(holder.state)) return { kind: 'skipped', reason: 'in-another-run' };
  return isSendAgain ? { kind: 'taken-over' } : { kind: 'skipped', reason: 'already-sent' };
}

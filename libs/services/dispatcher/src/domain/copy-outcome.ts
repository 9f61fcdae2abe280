import type { CopyState, MessageOutcome, Mode } from '@mailrun/contracts';
import { impliedState, type MailRecipient, type MailState } from './mail.js';

/** An outcome with what travels beside it. */
export interface CopyOutcome {
  readonly tenantId: string;
  readonly runId: string;
  readonly round: number;
  readonly mode: Mode;
  readonly traceparent?: string;
  readonly outcome: MessageOutcome;
}

/** What others are told of a mail's state. */
export function copyStateOf(state: MailState, wasTried: boolean): CopyState {
  return state === 'claimed' || state === 'transmitting' ? (wasTried ? 'deferred' : 'accepted') : state;
}

/** What others are told of the recipients. */
export function outcomeRecipients(
  state: MailState,
  recipients: readonly MailRecipient[],
): MessageOutcome['recipients'] {
  return recipients.map(({ kind, address, own }) => ({
    kind,
    address,
    state: isOpen(own) && isEnd(state) ? impliedState(state) : (own?.state ?? impliedState(state)),
    ...(own?.reply === undefined ? {} : { reply: own.reply }),
  }));
}

const isOpen = (own: MailRecipient['own']): boolean => own?.state === 'deferred' || own?.state === 'pending';
const isEnd = (state: MailState): boolean => state === 'stopped';

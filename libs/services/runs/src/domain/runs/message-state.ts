import type { MessageState } from '@mailrun/contracts';

/** Nothing more becomes of these by itself; retries are rounds that people start. */
const finalStates: ReadonlySet<MessageState> = new Set([
  'sent',
  'skipped',
  'failed',
  'partly-sent',
  'stopped',
]);

export const isFinal = (state: MessageState): boolean => finalStates.has(state);

/** Whether a run waits for it. What is uncertain waits for a person (what is repeated by itself is deferred), a run does not. */
export const isOpen = (state: MessageState): boolean => !isFinal(state) && state !== 'uncertain';

/** Whether it was not tried yet: the first pass of a run is done when there is none. */
export const isUntried = (state: MessageState): boolean =>
  state === 'pending' || state === 'queued' || state === 'accepted';

/** Whether the message carries its invoices no more and never reached anyone, so that another run may send them. */
export const freesItsInvoices = (state: MessageState, hasAccepted: boolean): boolean =>
  (state === 'failed' || state === 'stopped') && !hasAccepted;

/** Whether what was taken for final goes on after all, as after a restore: it has to be looked after again. */
export const isTakenUpAgain = (before: MessageState, now: MessageState): boolean =>
  isFinal(before) && before !== 'skipped' && !isFinal(now);

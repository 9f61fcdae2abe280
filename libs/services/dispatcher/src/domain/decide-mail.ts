import type { Decision, RecipientState } from '@mailrun/contracts';
import { impliedState, type MailRecipient } from './mail.js';
import { decidingRecipients, stateOfMail, type Settlement } from './settle-attempt.js';

/** Codes of outcomes that a person decided. */
export const decidedCodes: Readonly<Record<Decision, string>> = {
  'treat-as-sent': 'decided.treat-as-sent',
  'send-again': 'decided.send-again',
};

export interface DecidedMail {
  readonly state: 'sent' | 'partly-sent' | 'deferred' | 'failed';
  /** Recipients whose state of their own changes. */
  readonly recipients: Settlement['recipients'];
}

/**
 * What becomes of an uncertain mail and its recipients. Who was refused stays refused. Who was put off in the uncertain
 * conversation is tried again, also where the others count as reached: so the mail is deferred then.
 */
export function decideMail(recipients: readonly MailRecipient[], decision: Decision): DecidedMail {
  const unknown: RecipientState = decision === 'treat-as-sent' ? 'accepted' : 'deferred';
  const states = new Map(
    recipients.map(({ position, own }) => {
      const known = own?.state ?? 'uncertain';
      return [position, known === 'uncertain' ? unknown : known];
    }),
  );
  const state = stateOfMail(decidingRecipients(recipients).map(({ position }) => states.get(position)!));
  if (state === 'uncertain') throw new Error('No recipient is uncertain after a decision.');
  return {
    state,
    recipients: recipients.flatMap(({ position, own }) => {
      const known = states.get(position)!;
      // A BCC that was put off ends with its mail: it never decides.
      const next: RecipientState = known === 'deferred' && state !== 'deferred' ? 'refused' : known;
      if (own === undefined ? next === impliedState(state) : next === own.state) return [];
      return [{ position, own: { ...own, state: next } }];
    }),
  };
}

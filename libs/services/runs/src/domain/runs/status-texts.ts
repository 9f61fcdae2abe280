import type { MessageState, RunState, SkipReason } from '@mailrun/contracts';
import { familyTexts, reasonTexts, type StatusText } from './reason-texts.js';

export type { StatusText };

export const runTexts: Readonly<Record<RunState, StatusText>> = {
  draft: { statusText: 'The run is a draft: nothing was looked at yet.', nextStep: 'Prepare it.' },
  preparing: { statusText: 'The run is being prepared. Nothing is sent.' },
  prepared: {
    statusText: 'The run is prepared. Nothing was sent yet.',
    nextStep: 'Read the dry run, then start it.',
  },
  running: { statusText: 'Messages are being sent.' },
  paused: { statusText: 'The run is paused: nothing more leaves.', nextStep: 'Resume or stop it.' },
  stopped: { statusText: 'The run was stopped: nothing more leaves.' },
  completed: { statusText: 'Every message of the run is final or held for a decision.' },
};

/** Why a run is in its state, where that is not plain. */
export const whyTexts: Readonly<Record<string, StatusText>> = {
  'preparation-failed': {
    statusText: 'The preparation failed because of a fault in Mailrun. Nothing was sent.',
    nextStep: 'Prepare it again; if it fails again, tell your administrator.',
  },
  restored: {
    statusText: 'The database was restored from a backup; this run may have been started after it.',
    nextStep: 'Compare with the mail server’s log. If nothing was sent, prepare the run again.',
  },
  'by-operator': {
    statusText: 'The run was paused: nothing more leaves.',
    nextStep: 'Resume or stop it.',
  },
  'first-messages-sent': {
    statusText: 'The first messages were tried as asked, so the run paused itself.',
    nextStep: 'Look at what arrived, then resume or stop the run.',
  },
  'rest-waits': {
    statusText: 'What the new round sends was tried, and the run is paused as before: the rest waits.',
    nextStep: 'Look at what arrived, then resume or stop the run.',
  },
  stopping: { statusText: 'The run is being stopped: only mails already handed over still leave.' },
  'mode-changed': {
    statusText: 'The tenant changed between test and live, so the run paused itself.',
    nextStep: 'Set the mode back to go on, or stop the run and prepare a new one.',
  },
  'sender-refused': {
    statusText: 'The mail server refuses the sender address, so the run paused itself.',
    nextStep: 'Correct the sender or its rights on the mail server, then resume.',
  },
  'too-many-failed': {
    statusText: 'Too many of the last messages failed, so the run paused itself.',
    nextStep: 'Look at the failed results, correct the cause, then resume.',
  },
  'template-quarantined': {
    statusText:
      'A template version of this run had to be stopped too often while it rendered, so the run paused itself.',
    nextStep:
      'Correct the template, publish it, and prepare a new run; or resume later, then retry what failed.',
  },
};

export const stateTexts: Readonly<Record<MessageState, StatusText>> = {
  pending: { statusText: 'Waits to be sent.' },
  queued: { statusText: 'Is being made ready: rendered, packed and sealed.' },
  accepted: { statusText: 'The finished mail waits for the mail server or is being sent.' },
  sent: { statusText: 'The mail server accepted the mail. Whether it reached the mailbox is not known.' },
  skipped: { statusText: 'Was not sent.' },
  failed: {
    statusText: 'Could not be sent.',
    nextStep: 'Correct the cause, then retry what failed.',
  },
  deferred: { statusText: 'The mail server asked us to wait.', nextStep: 'Nothing: it is tried again.' },
  uncertain: {
    statusText: 'The mail server had the whole mail, but its answer was lost: it may have been sent.',
    nextStep: 'Ask the mail server’s staff or the customer, then decide: treat as sent, or send again.',
  },
  'partly-sent': {
    statusText: 'Some recipients were accepted by the mail server, others refused.',
    nextStep: 'Correct the refused addresses, then retry: only those get the mail.',
  },
  stopped: {
    statusText: 'Was not sent, because the run was stopped.',
    nextStep: 'Send the rest of the run if it shall be sent.',
  },
};

export const skipTexts: Readonly<Record<SkipReason, StatusText>> = {
  'no-recipient': {
    statusText: 'The customer has no address of kind “to” under the definition’s recipient key.',
    nextStep: 'Add an address to the customer, then prepare again.',
  },
  'no-document': {
    statusText: 'There is no document to attach.',
    nextStep: 'Upload the document or correct the transformation, then prepare again.',
  },
  'document-missing': {
    statusText: 'Some of the documents to attach are missing.',
    nextStep: 'Upload the missing documents or correct the transformation, then prepare again.',
  },
  'no-password': {
    statusText: 'The customer has no password under the definition’s password key.',
    nextStep: 'Set the customer’s password, then prepare again.',
  },
  'customer-suspended': {
    statusText: 'The customer is suspended.',
    nextStep: 'Lift the suspension if the customer shall be mailed, then prepare again.',
  },
  'address-invalid': {
    statusText: 'No address of the customer under the recipient key is valid.',
    nextStep: 'Correct the address, then prepare again.',
  },
  'address-suppressed': {
    statusText: 'Every address of the customer under the recipient key is on the suppression list.',
    nextStep: 'Give another address, or remove it from the suppression list.',
  },
  'already-sent': {
    statusText: 'This invoice was sent already by this definition in another run.',
    nextStep: 'Nothing. To send it again, make a run with an explicit list and “send again”.',
  },
  'in-another-run': {
    statusText: 'Another run of this definition is sending this invoice.',
    nextStep: 'Wait for the other run; if it fails there, prepare a new run.',
  },
  'changed-since-prepare': {
    statusText: 'The invoice or its customer changed after the run was prepared.',
    nextStep: 'Prepare a new run for it.',
  },
};

/** Of a message, or of an invoice's result. `nextTryAt` belongs to `deferred`. */
export function textOfMessage(
  state: MessageState,
  reason: string | null,
  nextTryAt: Date | null = null,
): StatusText {
  if (state === 'deferred' && nextTryAt !== null) {
    const { statusText } = stateTexts.deferred;
    return {
      statusText: `${statusText} Next try ${nextTryAt.toISOString()}.`,
      nextStep: 'Nothing: it is tried again.',
    };
  }
  if (reason === null) return stateTexts[state];
  if (state === 'skipped') return skipTexts[reason as SkipReason] ?? stateTexts.skipped;
  const family = reason.slice(0, reason.indexOf('.') + 1).replace('.', '');
  return reasonTexts[reason] ?? familyTexts[family] ?? stateTexts[state];
}

/** @param uncertain how many of its messages wait for a decision */
export function textOfRun(state: RunState, why: string | null, uncertain = 0): StatusText {
  if (state === 'completed' && uncertain > 0) {
    return {
      statusText: `Completed, ${uncertain} uncertain.`,
      nextStep: 'Decide about the uncertain messages.',
    };
  }
  if (why === null) return runTexts[state];
  return whyTexts[why] ?? { ...runTexts[state], statusText: `${runTexts[state].statusText} (${why})` };
}

export type MailedAnswer = 'accepted-by-server' | 'partly' | 'not-sent' | 'unknown' | 'in-progress';

/** Was it mailed? */
export const mailedAnswers: Readonly<Record<MessageState, MailedAnswer>> = {
  pending: 'in-progress',
  queued: 'in-progress',
  accepted: 'in-progress',
  deferred: 'in-progress',
  sent: 'accepted-by-server',
  'partly-sent': 'partly',
  skipped: 'not-sent',
  failed: 'not-sent',
  stopped: 'not-sent',
  uncertain: 'unknown',
};

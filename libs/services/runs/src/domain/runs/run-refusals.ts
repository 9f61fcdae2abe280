import { Refusal } from '@mailrun/platform-errors';
import type { MessageState, RunState } from '@mailrun/contracts';
import { messagesOfRound, type RoundKind } from './rounds.js';

export const runNotFound = () =>
  new Refusal('not-found', 'runs.not-found', 'There is no such message run. Check the id.');

export const messageNotFound = () =>
  new Refusal('not-found', 'messages.not-found', 'There is no such message. Check the id.');

export const notInState = (act: string, state: RunState, allowed: readonly RunState[]) =>
  new Refusal(
    'conflict',
    'runs.wrong-state',
    `A run that is ${state} can't be ${act}; it must be ${allowed.join(' or ')}.`,
  );

export const notPrepared = () =>
  new Refusal('conflict', 'runs.not-prepared', 'The run has no finished preparation. Prepare it first.');

/** A decision that is being carried out. */
export interface PendingDecision {
  readonly decision: string;
  readonly actor: string | null;
  readonly createdAt: Date;
}

/** What is named differs from what is there. */
export const notCurrentPreparation = (named: string, current: string | null) =>
  new Refusal(
    'conflict',
    'runs.preparation-changed',
    `The run was prepared again: its preparation is ${current ?? 'none'} now, not ${named}. Read the new dry run and start that.`,
  );

export const otherNumberOfMessages = (expected: number, actual: number) =>
  new Refusal(
    'conflict',
    'runs.expected-messages-differ',
    `This preparation sends ${actual} messages, not ${expected}: a difference of ${Math.abs(actual - expected)}. Read the dry run and name its number.`,
  );

export const modeChanged = (prepared: string, current: string) =>
  new Refusal(
    'conflict',
    'runs.mode-changed',
    `The run was prepared in mode ${prepared}, and the tenant is in mode ${current} now. Prepare it again.`,
  );

export const stillStopping = () =>
  new Refusal(
    'conflict',
    'runs.still-stopping',
    'The run is stopped, and its last conversations have not ended yet. Try again in some seconds.',
  );

export const roundIsBeingMade = (kind: RoundKind, state: RunState) =>
  new Refusal(
    'conflict',
    'runs.round-begun',
    `The run is ${state}, and a round of this kind (${kind}) was begun just now: its copies are being made. Look at the run's rounds.`,
  );

const nothingOf: Readonly<Record<RoundKind, string>> = {
  'send-rest': 'No message of the run is stopped: there is no rest to send.',
  'retry-failed': 'No message of the run failed or was sent partly: there is nothing to retry.',
  resend: 'There is nothing to send.',
};
export const nothingToSend = (kind: RoundKind, state: RunState) =>
  new Refusal('conflict', 'runs.nothing-to-send', `The run is ${state}. ${nothingOf[kind]}`);

export const otherNumberInRound = (expected: number, actual: number) =>
  new Refusal(
    'conflict',
    'runs.expected-messages-differ',
    `This would send ${actual} messages, not ${expected}: a difference of ${Math.abs(actual - expected)}. Look at the run and name its number.`,
  );

export const messageNotFinal = (state: MessageState) =>
  new Refusal(
    'conflict',
    'messages.wrong-state',
    `A message that is ${state} can't be sent again; it must be ${messagesOfRound.resend.join(', ')}.`,
  );

export const noAddressLeft = () =>
  new Refusal(
    'rule',
    'messages.no-address',
    'The customer has no valid address of kind “to” under the definition’s recipient key. Add one, then send again.',
  );

export const notUncertain = (state: MessageState) =>
  new Refusal(
    'conflict',
    'messages.not-uncertain',
    `The message is ${state}: only an uncertain one is to be decided about. It may have been decided meanwhile.`,
  );

export const nothingUncertain = (state: RunState) =>
  new Refusal(
    'conflict',
    'runs.nothing-uncertain',
    `The run is ${state}, and no message of it is uncertain: there is nothing to decide.`,
  );

export const decidedAlready = ({ decision, actor, createdAt }: PendingDecision) =>
  new Refusal(
    'conflict',
    'runs.decided-already',
    `It was decided at ${createdAt.toISOString()}${actor === null ? '' : ` by ${actor}`}: ${decision}. That is being carried out; look at the run.`,
  );

export const stoppedForGood = () =>
  new Refusal(
    'conflict',
    'runs.stopped',
    'The run was stopped, and nothing of it is sent again. Treat the uncertain mails as sent, or resend them as new copies.',
  );

export const otherMode = (run: string, current: string) =>
  new Refusal(
    'conflict',
    'runs.mode-changed',
    `The run is in mode ${run}, and the tenant is in mode ${current} now. Set the mode back, or stop the run and prepare a new one.`,
  );

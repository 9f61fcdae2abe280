import { Refusal } from '@mailrun/platform-errors';
import type { RunState } from '@mailrun/contracts';

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

export const otherMode = (run: string, current: string) =>
  new Refusal(
    'conflict',
    'runs.mode-changed',
    `The run is in mode ${run}, and the tenant is in mode ${current} now. Set the mode back, or stop the run and prepare a new one.`,
  );

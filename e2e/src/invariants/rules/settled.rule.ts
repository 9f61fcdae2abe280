import type { Message } from '@mailrun/contracts';
import type { Rule } from '../evidence.js';

const finalOrHeld: ReadonlySet<Message['status']> = new Set([
  'sent',
  'skipped',
  'failed',
  'partly-sent',
  'stopped',
  'uncertain',
]);

/** Of a run that has ended, each message is final, held for a decision, or due at a known time. */
export const everyMessageSettled: Rule = ({ companies }) =>
  companies.flatMap(({ name, runs }) =>
    runs
      .filter(({ run }) => run.state === 'completed' || run.state === 'stopped')
      .flatMap(({ run, messages }) =>
        messages
          .filter(({ status, nextTryAt }) => {
            const isDue = status === 'deferred' && nextTryAt !== null;
            return !finalOrHeld.has(status) && !isDue;
          })
          .map(({ id, status }) => `${name}, run ${run.id} (${run.state}): message ${id} is ${status}`),
      ),
  );

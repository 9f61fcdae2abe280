import { ApiProblem } from '../../../client/api-problem.js';
import { countOf, type Mailing } from '../../../company/mailing.js';
import type { Drill, DrillContext } from '../../drill.js';
import { longestWait } from '../../workload/workload.js';
import { withHardCustomers, withoutHardCustomers } from './hard-customers.js';

/** Two people press at the same moment. @returns which of the two were not refused because of the other */
async function atOnce(
  { fault }: DrillContext,
  what: string,
  ...acts: readonly [() => Promise<unknown>, () => Promise<unknown>]
): Promise<readonly [boolean, boolean]> {
  fault(what);
  const [one, other] = await Promise.allSettled(acts.map((act) => act()));
  const isDone = (end: PromiseSettledResult<unknown>): boolean => {
    if (end.status === 'fulfilled') return true;
    if (end.reason instanceof ApiProblem && end.reason.status === 409) return false;
    throw end.reason;
  };
  return [isDone(one!), isDone(other!)];
}

async function startTwice(context: DrillContext, mailing: Mailing): Promise<void> {
  const done = await atOnce(
    context,
    'two starts',
    () => mailing.start(),
    () => mailing.start(),
  );
  if (done[0] === done[1]) throw new Error(`Of two starts ${done[0] ? 'both' : 'none'} were done.`);
}

/** Whichever comes first: what was retried is stopped, or there is nothing to retry in a run that is being stopped. */
async function stopAndRetry(context: DrillContext, mailing: Mailing): Promise<void> {
  await mailing.until(({ messages }) => countOf(messages, 'failed') > 0, longestWait);
  const [isStopped, isRetried] = await atOnce(
    context,
    'stop and retry',
    () => mailing.stop(),
    () => mailing.retryFailed(),
  );
  if (!isStopped) throw new Error('A stop was refused because of a retry.');
  const { rounds, state } = await mailing.read();
  if (rounds.length !== (isRetried ? 2 : 1))
    throw new Error(`There are ${rounds.length} rounds, and a retry was ${isRetried ? 'begun' : 'refused'}.`);
  if (!isRetried && state !== 'stopped') throw new Error(`A stopped run is ${state}.`);
}

async function pauseAndStop(context: DrillContext, mailing: Mailing): Promise<void> {
  const [, isStopped] = await atOnce(
    context,
    'pause and stop',
    () => mailing.pause(),
    () => mailing.stop(),
  );
  const { state } = await mailing.read();
  if (!isStopped || state !== 'stopped') throw new Error(`After pause and stop at once the run is ${state}.`);
}

/** Each uncertain mail is decided once: it went again, or it counts as sent. */
async function decideTwice(context: DrillContext, mailing: Mailing): Promise<void> {
  const { ledger } = context.mailServer;
  const before = ledger.mails.length;
  const uncertain = countOf((await mailing.read()).messages, 'uncertain');
  await atOnce(
    context,
    'two decisions',
    () => mailing.decide('treat-as-sent'),
    () => mailing.decide('send-again'),
  );
  const { decisions } = await mailing.until(
    (run) =>
      run.decisions.every(({ doneAt }) => doneAt !== null) &&
      run.state === 'completed' &&
      countOf(run.messages, 'uncertain') === 0,
    longestWait,
  );
  const decided = decisions.reduce((sum, decision) => sum + decision.decided, 0);
  const again = decisions.find(({ decision }) => decision === 'send-again')?.decided ?? 0;
  const went = ledger.mails.length - before;
  if (decided !== uncertain) throw new Error(`Of ${uncertain} uncertain mails ${decided} were decided.`);
  if (went !== again) throw new Error(`${again} mails were decided to go again, and ${went} went.`);
}

/** Each failed message gets one further copy. */
async function retryTwice(context: DrillContext, mailing: Mailing): Promise<void> {
  const failed = countOf((await mailing.read()).messages, 'failed');
  const done = await atOnce(
    context,
    'two retries',
    () => mailing.retryFailed(),
    () => mailing.retryFailed(),
  );
  if (!done.includes(true)) throw new Error('Both of two retries were refused.');
  const { rounds } = await mailing.completed(longestWait);
  const copies = rounds.reduce((sum, { messages }) => sum + (messages ?? 0), 0);
  if (copies !== failed) throw new Error(`Of ${failed} failed messages ${copies} further copies were made.`);
}

export const actsAtOnce: Drill = {
  name: 'acts-at-once',
  what: 'Two people press at the same moment: two starts, stop and retry, pause and stop, two decisions, two retries.',
  isShort: true,
  isContained: true,
  messages: { short: 72 },
  // The first run has both its acts before and after; each round has one of the others.
  rounds: { short: 2, long: 2 },
  mailServer: {
    plan: ({ stage }) => (stage === 'final' ? { kind: 'delay', delayMs: 150 } : undefined),
  },
  mayEnd: ['failed', 'stopped'],
  before: async (context) => {
    withHardCustomers(context);
    await context.workload.startNext((mailing) => startTwice(context, mailing));
  },
  round: async (context) => {
    const act = context.round === 0 ? stopAndRetry : pauseAndStop;
    await act(context, context.workload.newest);
  },
  after: async (context) => {
    const [first] = context.workload.mailings;
    await context.workload.untilFinal(false, longestWait.deadlineMs);
    withoutHardCustomers(context);
    await decideTwice(context, first!);
    await retryTwice(context, first!);
  },
};

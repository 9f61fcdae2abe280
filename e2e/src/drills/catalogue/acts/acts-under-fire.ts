import { countOf, type Mailing } from '../../../company/mailing.js';
import type { Drill, DrillContext } from '../../drill.js';
import { bothCompanies, longestWait } from '../../workload/workload.js';
import { withHardCustomers, withoutHardCustomers } from './hard-customers.js';

const services = ['runs', 'runs', 'dispatcher', 'gateway'] as const;

interface Acted {
  readonly mailing: Mailing;
  readonly failed: number;
}

/** Presses an act, and kills one of those who carry it out. The caller asks again with the same key, as portals do. */
async function pressUnderFire(context: DrillContext, act: () => Promise<unknown>): Promise<void> {
  const { ground, random, fault, wait } = context;
  const pressed = act();
  const settled = Promise.allSettled([pressed]);
  await wait(0, 80);
  const service = random.pick(services);
  await ground.system.kill(service);
  fault(`SIGKILL ${service}`, service === 'dispatcher' ? bothCompanies : 0);
  await ground.system.restart(service);
  await settled;
  await pressed;
}

/** What came of the acts is not what was asked for, once. */
async function faultsOf({ mailing, failed }: Acted): Promise<string[]> {
  const { id, rounds, decisions } = await mailing.read();
  const kinds = rounds.map(({ kind }) => kind).toSorted();
  const details = await Promise.all((await mailing.messages()).map((message) => mailing.message(message.id)));
  const further = details.reduce((sum, { copies }) => sum + copies.length - 1, 0);
  return [
    kinds.join() === 'first,resend,retry-failed' ? [] : `it has the rounds ${kinds.join()}`,
    further === failed + 1 ? [] : `${further} further copies were made, and ${failed + 1} were asked for`,
    decisions.length === 1 ? [] : `${decisions.length} decisions were written down`,
    decisions.every(({ doneAt }) => doneAt !== null) ? [] : 'a decision was not carried out',
  ]
    .flat()
    .map((fault) => `run ${id}: ${fault}`);
}

export const actsUnderFire: Drill = {
  name: 'acts-under-fire',
  what: 'Retry failed, resend and decide are pressed while runs, dispatcher or gateway are killed: each is done, once.',
  isShort: true,
  messages: { short: 36 },
  rounds: { short: 0, long: 0 },
  after: async (context) => {
    const { workload, random, isShort } = context;
    withHardCustomers(context);
    await workload.startRest();
    await workload.untilFinal(false, longestWait.deadlineMs);
    withoutHardCustomers(context);
    const done: Acted[] = [];
    for (const mailing of random.shuffled(workload.mailings).slice(0, isShort ? 1 : undefined)) {
      const { messages } = await mailing.read();
      const one = (await mailing.messages()).find(({ status }) => status === 'sent');
      done.push({ mailing, failed: countOf(messages, 'failed') });
      const acts = [
        () => mailing.retryFailed(),
        () => mailing.resend(one!.id),
        () => mailing.decide('send-again'),
      ];
      for (const act of random.shuffled(acts)) await pressUnderFire(context, act);
    }
    await workload.untilFinal(false, longestWait.deadlineMs);
    const faults = (await Promise.all(done.map(faultsOf))).flat();
    if (faults.length > 0) throw new Error(faults.join('; '));
  },
  mayEnd: ['failed'],
};

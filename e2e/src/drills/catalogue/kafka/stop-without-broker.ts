import type { SmtpFaultPlan } from '@mailrun/testing';
import type { Drill, DrillContext } from '../../drill.js';
import { mailsArrived, mailsUnanswered } from '../../under-way.js';

const withinMs = 2_000;
/** More than leave within that time, so that some would leave after it if nothing held them back. */
const waiting = 34;
/** With four connections ten mails leave in a second. */
const slowly: SmtpFaultPlan = ({ stage }) =>
  stage === 'final' ? { kind: 'delay', delayMs: 400 } : undefined;

/** Presses the button while the broker is away. @throws when mails of the run leave all the same, two seconds later */
async function pressWithoutBroker(context: DrillContext, act: 'stop' | 'pause'): Promise<void> {
  const { ground, workload, mailServer, fault, wait } = context;
  mailServer.plan = slowly;
  await mailsUnanswered(context, 1);
  await mailsArrived(context, waiting, 'accepted', 'claimed');
  await ground.system.kafka.kill();
  fault('Kafka killed');
  await wait(0, 200);
  const pressedAt = Date.now();
  await workload.newest[act]();
  await wait(withinMs, withinMs + 1_000);
  mailServer.plan = undefined;
  await ground.system.kafka.up();
  const late = await mailsAfter(context, pressedAt + withinMs);
  if (late > 0) throw new Error(`${late} mails left more than ${withinMs} ms after the ${act} of their run.`);
}

export const stopWithoutBroker: Drill = {
  name: 'stop-without-broker',
  what: 'A run is stopped while the broker is down: within two seconds nothing more of it leaves.',
  isShort: true,
  rounds: { short: 1, long: 6 },
  messages: { short: 150 },
  mayEnd: ['stopped'],
  round: (context) => pressWithoutBroker(context, 'stop'),
};

export const pauseWithoutBroker: Drill = {
  name: 'pause-without-broker',
  what: 'A run is paused while the broker is down, and goes on when it is resumed.',
  rounds: { short: 1, long: 6 },
  messages: { short: 150 },
  round: async (context) => {
    await pressWithoutBroker(context, 'pause');
    await context.workload.newest.resume();
  },
};

/** How many mails of the newest run came after that time. */
async function mailsAfter({ ground, workload, mailServer }: DrillContext, time: number): Promise<number> {
  const rows = await ground.system.query<{ id: string }>(
    'select message_id as id from {dispatcher}.mails where run_id = $1',
    [workload.newest.id],
  );
  return mailServer.ledger.mails.filter(
    ({ receivedAt, messageId = '' }) =>
      receivedAt.getTime() > time && rows.some(({ id }) => messageId.includes(id)),
  ).length;
}

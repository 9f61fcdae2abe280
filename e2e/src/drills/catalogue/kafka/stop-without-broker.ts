import type { Drill, DrillContext } from '../../drill.js';

const withinMs = 2_000;

/** Presses the button while the broker is away. @throws when mails of the run leave all the same, two seconds later */
async function pressWithoutBroker(context: DrillContext, act: 'stop' | 'pause'): Promise<void> {
  const { ground, workload, mailServer, fault, wait } = context;
  const before = mailServer.ledger.accepted.length;
  await mailServer.ledger.until(({ accepted }) => accepted.length > before + 5);
  await ground.system.kafka.kill();
  fault('Kafka killed');
  await wait(0, 200);
  const pressedAt = Date.now();
  await workload.newest[act]();
  await wait(withinMs, withinMs + 1_000);
  await ground.system.kafka.up();
  const late = await mailsAfter(context, pressedAt + withinMs);
  if (late > 0) throw new Error(`${late} mails left more than ${withinMs} ms after the ${act} of their run.`);
}

export const stopWithoutBroker: Drill = {
  name: 'stop-without-broker',
  what: 'A run is stopped while the broker is down: within two seconds nothing more of it leaves.',
  isShort: true,
  rounds: { short: 1, long: 6 },
  messages: { short: 300 },
  mayEnd: ['stopped'],
  round: (context) => pressWithoutBroker(context, 'stop'),
};

export const pauseWithoutBroker: Drill = {
  name: 'pause-without-broker',
  what: 'A run is paused while the broker is down, and goes on when it is resumed.',
  rounds: { short: 1, long: 6 },
  messages: { short: 300 },
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

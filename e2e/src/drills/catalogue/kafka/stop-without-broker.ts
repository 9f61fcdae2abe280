import type { Drill, DrillContext } from '../../drill.js';

const stopWithinMs = 2_000;

export const stopWithoutBroker: Drill = {
  name: 'stop-without-broker',
  what: 'A run is stopped while the broker is down: within two seconds nothing more of it leaves.',
  isShort: true,
  rounds: { short: 1, long: 6 },
  messages: { short: 300 },
  mayEnd: ['stopped'],
  round: async (context) => {
    const { ground, workload, mailServer, fault, wait } = context;
    const before = mailServer.ledger.accepted.length;
    await mailServer.ledger.until(({ accepted }) => accepted.length > before + 5);
    await ground.system.kafka.kill();
    fault('Kafka killed');
    await wait(0, 200);
    const stoppedAt = Date.now();
    await workload.newest.stop();
    await wait(stopWithinMs, stopWithinMs + 1_000);
    await ground.system.kafka.up();
    const late = await mailsAfter(context, stoppedAt + stopWithinMs);
    if (late > 0)
      throw new Error(`${late} mails left more than ${stopWithinMs} ms after the stop of their run.`);
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

import { rm } from 'node:fs/promises';
import { until } from '../../../system/until.js';
import type { Drill, DrillContext } from '../../drill.js';

/** Deletes half of the sealed mails that wait, once there are some. */
async function loseSealedMails({ ground, workload, random, fault }: DrillContext): Promise<void> {
  const keys = await until('sealed mails that wait', async () => {
    const rows = await ground.system.query<{ key: string }>(
      `select s.blob_key as key from {dispatcher}.sealed_mails s
         join {dispatcher}.mails m on m.message_id = s.message_id and m.copy = s.copy
       where m.run_id = any($1) and m.state in ('accepted', 'deferred') and s.blob_key is not null
       order by 1`,
      [workload.runIds],
    );
    return rows.length < 4 ? undefined : rows.map(({ key }) => key);
  });
  for (const key of keys.filter(() => random.isHit(0.5))) {
    await rm(ground.s3.pathOf(key));
    fault('sealed mail deleted');
  }
}

export const lostBeforeSending: Drill = {
  name: 'sealed-mail-lost-before',
  what: 'Sealed mails are deleted from the store before they were sent for the first time: another copy is made.',
  isShort: true,
  rounds: { short: 1, long: 5 },
  before: ({ mailServer }) => mailServer.down(),
  after: async (context) => {
    await loseSealedMails(context);
    await context.mailServer.up();
  },
};

export const lostAfterSending: Drill = {
  name: 'sealed-mail-lost-after',
  what: 'Sealed mails are deleted from the store after the mail server put them off once.',
  isShort: true,
  rounds: { short: 1, long: 5 },
  before: ({ mailServer }) => {
    mailServer.plan = ({ stage }) =>
      stage === 'final' ? { kind: 'reply', code: 451, text: '4.3.0 Try again later' } : undefined;
  },
  after: async (context) => {
    await context.mailServer.ledger.until(({ mails }) => mails.length >= 20);
    await loseSealedMails(context);
    context.mailServer.plan = undefined;
  },
};

import { setTimeout as delay } from 'node:timers/promises';
import { messageOutcome, messageTypes, topicOf, type MessageType } from '@mailrun/contracts';
import { topicName } from '@mailrun/platform-messaging';
import type { Repetition, SmtpFaultPlan } from '@mailrun/testing';
import { until } from '../../../system/until.js';
import type { Drill, DrillContext } from '../../drill.js';
import type { Random } from '../../random.js';
import { mailsIn } from '../../under-way.js';
import { longestWait } from '../../workload/workload.js';

/** Mails that failed: what comes after their end would wake them again, if it counted. */
const refusesSome: SmtpFaultPlan = ({ stage, recipients }) => {
  if (stage === 'rcpt' && recipients.some((address) => /^c-000[25]@/.test(address)))
    return { kind: 'reply', code: 550, text: '5.1.1 User unknown' };
  return stage === 'final' ? { kind: 'delay', delayMs: 60 } : undefined;
};

/** Every mail is final for the dispatcher, whatever runs has heard of it. */
const allEnded = (context: DrillContext): Promise<boolean> =>
  until(
    'the last mail to be sent or refused',
    async () => {
      const ended = await mailsIn(context, context.workload.runIds, 'sent', 'failed');
      return ended.length >= context.workload.messages || undefined;
    },
    { ...longestWait, everyMs: 500 },
  );

type Again = <Item>(
  items: readonly Item[],
  random: Random,
  ended: Promise<unknown>,
) => readonly Repetition<Item>[];

const inOrder: Again = (items) => [{ items }];

const mostLate = 25;

/** In any order: some soon, one by one, and others in small heaps after all mails have ended. */
const inDisorder: Again = (items, random, ended) => {
  const [soon, late]: [(typeof items)[number][], (typeof items)[number][]] = [[], []];
  for (const item of random.shuffled(items)) (random.isHit(0.3) ? soon : late).push(item);
  const heaps = Array.from({ length: Math.ceil(late.length / mostLate) }, (_, at) =>
    late.slice(at * mostLate, (at + 1) * mostLate),
  );
  return [
    ...soon.map((item) => ({ items: [item], when: delay(random.between(1, 3_000)) })),
    ...heaps.map((heap) => {
      const afterMs = random.between(1, 3_000);
      return { items: heap, when: ended.then(() => delay(afterMs)) };
    }),
  ];
};

/** Records come a second time. */
function repeated(name: string, what: string, types: readonly MessageType[], again: Again): Drill {
  let ended = Promise.withResolvers<void>();
  return {
    name,
    what,
    isShort: true,
    mayEnd: ['failed'],
    mailServer: { plan: refusesSome },
    before: async ({ ground: { system, tamper }, random }) => {
      tamper.repeated = 0;
      ended = Promise.withResolvers();
      const topics = types.map((type) => topicName(system.prefix, topicOf(type)));
      await tamper.repeatAll(topics, (items) => again(items, random, ended.promise));
    },
    after: async (context) => {
      const { ground, fault, wait } = context;
      await allEnded(context).finally(() => ended.resolve());
      // Those that were read last are read by then.
      await wait(500, 1_000);
      await ground.tamper.stop();
      for (let count = ground.tamper.repeated; count > 0; count -= 1) fault('record repeated');
    },
  };
}

export const outcomesReordered = repeated(
  'kafka-outcomes-reordered',
  'Every outcome comes again later, in any order, after newer ones.',
  [messageOutcome],
  inDisorder,
);

export const recordsRepeated: readonly Drill[] = [
  repeated('kafka-records-twice', 'Every record of every topic is delivered twice.', messageTypes, inOrder),
  repeated(
    'kafka-records-reordered',
    'Every record comes again later, in any order, after newer ones.',
    messageTypes,
    inDisorder,
  ),
];

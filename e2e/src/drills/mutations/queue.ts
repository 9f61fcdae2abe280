import type { SmtpFaultPlan } from '@mailrun/testing';
import type { Drill } from '../drill.js';
import { mailsUnanswered } from '../under-way.js';
import { bothCompanies } from '../workload/workload.js';
import type { Mutation } from './mutation.js';

const postgres = 'libs/services/dispatcher/dist/outbound/postgres';
const commit = `${postgres}/commit-mails.sql.js`;
const recover = `${postgres}/recover-mails.sql.js`;
const committer = 'libs/services/dispatcher/dist/application/dispatch-mails/group-committer.js';

const answersAfter =
  (delayMs: number): SmtpFaultPlan =>
  ({ stage }) =>
    stage === 'final' ? { kind: 'delay', delayMs } : undefined;

/** Killed when the mail server has mails that it has not answered. */
const killed: Drill = {
  name: 'dispatcher-killed',
  what: 'The dispatcher is killed while the mail server has mails that it has not answered.',
  rounds: { short: 1, long: 1 },
  messages: { short: 36 },
  mailServer: { plan: answersAfter(300) },
  round: async (context) => {
    const { ground, mailServer, fault } = context;
    await mailsUnanswered(context, 3);
    await ground.system.kill('dispatcher');
    fault('SIGKILL dispatcher', bothCompanies);
    mailServer.plan = undefined;
    await ground.system.restart('dispatcher');
  },
};

export const unmarked: Mutation = {
  name: 'transmitting-unmarked',
  what: 'hands mails over without a commit that marks them as transmitting',
  service: 'dispatcher',
  changes: [
    { file: committer, text: 'next: entries.flatMap(({ next })=>next ?? [])', instead: 'next: []' },
    {
      file: committer,
      text: 'resolve(next !== undefined && committed.marked.has(keyOfMail(next)))',
      instead: 'resolve(next !== undefined)',
    },
    // So that what was not marked can end at all.
    {
      file: commit,
      text: "m.state in ('transmitting', 'uncertain')",
      instead: "m.state in ('claimed', 'transmitting', 'uncertain')",
    },
    {
      file: commit,
      text: 'lease_until = null, revision = m.revision + 1,',
      instead: 'lease_until = null, attempts = m.attempts + 1, revision = m.revision + 1,',
    },
  ],
  drill: killed,
  noticedBy: 'a mail came twice',
};

export const forgetsTransmitting: Mutation = {
  name: 'transmitting-forgotten',
  what: 'takes what a killed one had begun for what it had never begun',
  service: 'dispatcher',
  changes: [
    { file: recover, text: "where state = 'claimed'", instead: "where state in ('claimed', 'transmitting')" },
  ],
  drill: killed,
  noticedBy: 'a mail came twice',
};

export const ignoresLeases: Mutation = {
  name: 'leases-ignored',
  what: 'takes over what another one has in its hands',
  service: 'dispatcher',
  changes: [
    {
      file: recover,
      text: "where lease_until < now() and state = 'transmitting'",
      instead: "where state = 'transmitting'",
    },
  ],
  drill: {
    name: 'dispatchers-scaled',
    what: 'A second dispatcher comes and goes: nothing is in doubt.',
    rounds: { short: 1, long: 1 },
    messages: { short: 36 },
    mailServer: { plan: answersAfter(500) },
    round: async (context) => {
      const { ground, mailServer, fault } = context;
      await mailsUnanswered(context, 3);
      const name = await ground.system.addReplica('dispatcher');
      fault('dispatcher added');
      mailServer.plan = undefined;
      await ground.system.removeReplica(name);
      fault('dispatcher removed');
    },
  },
  noticedBy: 'more in doubt than may be',
};

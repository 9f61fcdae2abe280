import { outcomesLost } from '../catalogue/kafka/outcomes-lost.js';
import { outcomesReordered } from '../catalogue/kafka/records-repeated.js';
import { bothCompanies } from '../workload/workload.js';
import type { Mutation } from './mutation.js';

/** The periodic question would heal it. */
const neverAsked = { runs: { MAILRUN_RUNS_ASK_AFTER_MS: '600000' } };
const once = { short: 1, long: 1 };

export const forgetsOutbox: Mutation = {
  name: 'outbox-forgotten',
  what: 'keeps outcomes in its memory only until the broker has them',
  service: 'dispatcher',
  changes: [
    {
      file: 'libs/services/dispatcher/dist/outbound/postgres/commit-mails.sql.js',
      text: 'from settled having count(*) > 0',
      instead: 'from settled having false',
    },
  ],
  settings: neverAsked,
  // The outbox is swept every few seconds, of what is older than ten.
  finalDeadlineMs: 40_000,
  drill: {
    name: 'dispatcher-killed-without-broker',
    what: 'The dispatcher is killed while the broker is down, with outcomes that it could not publish.',
    rounds: once,
    messages: { short: 90 },
    mailServer: {
      plan: ({ stage }) => (stage === 'final' ? { kind: 'delay', delayMs: 300 } : undefined),
    },
    round: async ({ ground: { system }, mailServer, fault }) => {
      const { ledger } = mailServer;
      await ledger.until(({ accepted }) => accepted.length > 2);
      await system.kafka.kill();
      fault('Kafka killed');
      const before = ledger.accepted.length;
      await ledger.until(({ accepted }) => accepted.length > before + 4);
      await system.kill('dispatcher');
      fault('SIGKILL dispatcher', bothCompanies);
      mailServer.plan = undefined;
      await system.kafka.up();
      await system.restart('dispatcher');
    },
  },
  noticedBy: 'a mail was lost',
};

export const ignoresRevisions: Mutation = {
  name: 'revisions-ignored',
  what: 'takes every outcome for news, however old it is',
  service: 'runs',
  changes: [
    {
      file: 'libs/services/runs/dist/domain/runs/apply-outcome.js',
      text: ' || outcome.revision <= message.revision',
      instead: '',
    },
  ],
  settings: neverAsked,
  drill: { ...outcomesReordered, rounds: once, messages: { short: 90 } },
  noticedBy: 'a mail was lost',
};

export const neverAsks: Mutation = {
  name: 'question-not-asked',
  what: 'waits for outcomes and never asks for them',
  service: 'runs',
  changes: [
    {
      file: 'libs/services/runs/dist/application/watch-messages/watch-messages.use-case.js',
      text: 'for (const { tenantId, copies } of asked)',
      instead: 'for (const { tenantId, copies } of [])',
    },
  ],
  drill: {
    ...outcomesLost,
    rounds: once,
    messages: { short: 120 },
    mailServer: {
      plan: ({ stage }) => (stage === 'final' ? { kind: 'delay', delayMs: 300 } : undefined),
    },
  },
  noticedBy: 'a mail was lost',
};

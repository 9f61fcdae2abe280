import type { Drill } from '../../drill.js';

/** The dispatcher notices a restore by a number that it writes every ten seconds. */
const noticedAfterMs = 12_000;

export const databaseRestored: Drill = {
  name: 'postgres-restored',
  what: 'The database is restored to an earlier point: nothing leaves until it was reconciled and released.',
  rounds: { short: 1, long: 1 },
  messages: { short: 300 },
  mailServer: {
    plan: ({ stage }) => (stage === 'final' ? { kind: 'delay', delayMs: 400 } : undefined),
  },
  round: async ({ ground: { system, postgres }, workload, mailServer: { ledger }, fault, wait }) => {
    await workload.startRest();
    await ledger.until(({ accepted }) => accepted.length > 10);
    const at = await postgres.backUp();
    const before = ledger.accepted.length;
    await wait(noticedAfterMs, noticedAfterMs + 1_000);
    await ledger.until(({ accepted }) => accepted.length > before + 10);

    // What the dispatcher says from here on is on the bus when the restored database is served, and not in it.
    await system.process('runs').stop();
    await wait(1_000, 2_000);
    await Promise.all(system.all.map((process) => process.stop()));
    await postgres.restore();
    // Whatever had not ended by then may have left since.
    fault('database restored', workload.messages);
    const known = ledger.mails.length;
    await Promise.all(system.all.map((process) => process.start()));
    await wait(2_000, 3_000);
    await system.command('reconcile', `--restored-to=${at.toISOString()}`);
    await wait(1_000, 2_000);
    if (ledger.mails.length > known)
      throw new Error(`${ledger.mails.length - known} mails left before the release.`);
    await system.command('release');
  },
};

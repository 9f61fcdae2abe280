import type { Drill } from '../../drill.js';

export const outcomesLost: Drill = {
  name: 'kafka-outcomes-lost',
  what: 'Outcomes are lost on their way to runs, which asks for them.',
  isShort: true,
  rounds: { short: 2, long: 15 },
  round: async ({ ground, mailServer, fault, wait }) => {
    const { system, tamper } = ground;
    const before = mailServer.ledger.accepted.length;
    await mailServer.ledger.until(({ accepted }) => accepted.length > before + 5);
    await system.process('runs').stop();
    await wait(300, 1_000);
    await tamper.empty(ground.topic('message-outcome'));
    fault('outcomes lost');
    await system.process('runs').start();
  },
};

import type { Drill } from '../../drill.js';

export const brokerKilled: Drill = {
  name: 'kafka-killed',
  what: 'The broker is killed in the middle of a run and started again on its data.',
  rounds: { short: 1, long: 8 },
  round: async ({ ground: { system }, fault, wait }) => {
    await wait(0, 600);
    await system.kafka.kill();
    fault('Kafka killed');
    await wait(0, 2_000);
    await system.kafka.up();
  },
};

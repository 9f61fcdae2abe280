import type { Drill } from '../../drill.js';

export const oneOfTwoRenderers: Drill = {
  name: 'one-of-two-renderers',
  what: 'Of two renderers one is killed; its records go to the other, which may have them for the second time.',
  isShort: true,
  rounds: { short: 2, long: 20 },
  before: async ({ ground: { system } }) => {
    await system.addReplica('renderer');
  },
  round: async ({ ground: { system }, fault, wait }) => {
    await wait(0, 300);
    await system.kill('renderer');
    fault('SIGKILL renderer');
    await wait(500, 2_500);
    await system.restart('renderer');
  },
  after: ({ ground: { system } }) => system.removeReplicas(),
};

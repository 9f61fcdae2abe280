import type { Drill } from '../../drill.js';

const most = 4;

export const dispatchersScaled: Drill = {
  name: 'dispatchers-scaled',
  what: 'From one dispatcher to four and back while runs are under way: nothing is in doubt.',
  isShort: true,
  rounds: { short: 1, long: 4 },
  round: async ({ ground: { system }, workload, fault, wait }) => {
    const added: string[] = [];
    for (let count = 1; count < most; count += 1) {
      added.push(await system.addReplica('dispatcher'));
      fault('dispatcher added');
    }
    await workload.startNext();
    for (const name of added) {
      await wait(100, 600);
      await system.removeReplica(name);
      fault('dispatcher removed');
    }
  },
};

import { until } from '../../../system/until.js';
import type { Drill } from '../../drill.js';

export const sealedMailDamaged: Drill = {
  name: 'store-truncates',
  what: 'The store gives half of a sealed mail, or changes a byte: what does not have its hash is never sent.',
  isShort: true,
  rounds: { short: 2, long: 15 },
  round: async (context) => {
    const { ground, random, wait } = context;
    const most = 6;
    let left = most;
    ground.store.plan = ({ method, key }) => {
      if (left === 0 || method !== 'GET' || !key.includes('/sealed/') || !random.isHit(0.3)) return undefined;
      left -= 1;
      const kind = random.pick(['truncate', 'damage'] as const);
      context.fault(`sealed mail: ${kind}`);
      return { kind };
    };
    await wait(500, 1_500);
    // Every second run has mails that go through the store.
    if (context.round % 4 === 0 || context.round % 4 === 3)
      await until('a sealed mail to be damaged', () => Promise.resolve(left < most || undefined));
  },
};

import { until } from '../../system/until.js';
import type { Mutation } from './mutation.js';

export const commitsOffsetsFirst: Mutation = {
  name: 'offsets-first',
  what: 'acknowledges records before it has handled them',
  service: 'packager',
  changes: [
    {
      file: 'libs/platform/messaging/dist/kafka/partition-lane.js',
      text: 'return await this.processor.run(deliveries, {',
      instead:
        'if (deliveries.length > 0) await this.commit(payload, deliveries.length);\nreturn await this.processor.run(deliveries, {',
    },
  ],
  // Feeding again would heal it.
  settings: { runs: { MAILRUN_RUNS_FEED_AGAIN_MS: '600000' } },
  drill: {
    name: 'packager-killed',
    what: 'The packager is killed while it waits for a slow store.',
    rounds: { short: 1, long: 1 },
    messages: { short: 48 },
    round: async ({ ground: { store, system }, fault }) => {
      let begun = 0;
      store.plan = ({ method, key }) => {
        if (method !== 'PUT' || !key.includes('/sealed/')) return undefined;
        begun += 1;
        return { kind: 'slow', delayMs: 2_000 };
      };
      await until('a sealed mail to be stored', () => Promise.resolve(begun > 0 ? true : undefined));
      await system.kill('packager');
      fault('SIGKILL packager');
      store.plan = undefined;
      await system.restart('packager');
    },
  },
  noticedBy: 'a mail was lost',
};

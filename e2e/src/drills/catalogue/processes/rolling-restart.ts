import type { Drill } from '../../drill.js';
import { services } from '../../../system/kafka-system.js';

export const rollingRestart: Drill = {
  name: 'rolling-restart',
  what: 'Every service is ended in order (SIGTERM) and started again, one after the other (in the long form twice): nothing is in doubt.',
  isShort: true,
  rounds: { short: 1, long: 2 },
  round: async ({ ground: { system }, random, fault }) => {
    for (const service of random.shuffled(services)) {
      await system.process(service).stop();
      fault(`SIGTERM ${service}`);
      await system.process(service).start();
    }
  },
};

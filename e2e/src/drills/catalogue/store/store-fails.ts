import type { StoreFault } from '@mailrun/testing';
import type { Drill } from '../../drill.js';
import type { Random } from '../../random.js';

interface StoreTrouble {
  readonly name: string;
  readonly what: string;
  /** How likely a request goes wrong while the trouble lasts. */
  readonly share: number;
  readonly fault: (random: Random) => StoreFault;
  readonly isShort?: boolean;
}

/** For a while in each round the store answers some requests wrongly, whatever is asked for. */
const trouble = ({ name, what, share, fault, isShort = false }: StoreTrouble): Drill => ({
  name,
  what,
  isShort,
  rounds: { short: 2, long: 15 },
  round: async (context) => {
    const { ground, random, wait } = context;
    await wait(0, 200);
    ground.store.plan = () => {
      if (!random.isHit(share)) return undefined;
      const happens = fault(random);
      context.fault(`store: ${happens.kind}`);
      return happens;
    };
    await wait(800, 2_500);
    ground.store.plan = undefined;
  },
});

export const storeFails: readonly Drill[] = [
  trouble({
    name: 'store-unavailable',
    what: 'The blob store says 503 to everything for a while.',
    isShort: true,
    share: 1,
    fault: () => ({ kind: 'unavailable' }),
  }),
  trouble({
    name: 'store-cuts',
    what: 'The blob store cuts connections instead of answering.',
    share: 0.4,
    fault: () => ({ kind: 'cut' }),
  }),
  trouble({
    name: 'store-slow',
    what: 'The blob store takes up to a second for each request.',
    share: 0.7,
    fault: (random) => ({ kind: 'slow', delayMs: random.between(50, 1_000) }),
  }),
];

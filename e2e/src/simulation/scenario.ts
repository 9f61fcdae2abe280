import type { InDoubtPolicy } from '@mailrun/contracts';
import type { Random } from './random.js';

/** Kinds of faults. A schedule has some of them: what is rare among many is frequent among few. */
export const faultKinds = [
  'outages',
  'refusals',
  'unknown ends',
  'crashes',
  'pauses',
  'replays',
  'losses',
  'disorder',
  'time',
  'restarts',
  'slowness',
  'lost bytes',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What a schedule begins with. */
export interface Scenario {
  /** Customers of each run. */
  readonly runs: readonly number[];
  readonly policy: InDoubtPolicy;
  /** How many recipients the first customer's mail has. */
  readonly recipients: number;
  readonly faults: readonly FaultKind[];
  /** Of as many tenants, one after the other. */
  readonly tenants: number;
  /** How many messages are fed after a start or a resume; null: all. */
  readonly firstMessages: number | null;
  /** Whether operators hold and release, and tenants change between test and live. */
  readonly commands: boolean;
  /** Whether the database is restored from a backup, once. */
  readonly restores: boolean;
  /** Whether people stop, pause and resume. */
  readonly acts: boolean;
  /** How often what nobody waits for happens, from 0 to 1. */
  readonly restlessness: number;
  /** How often everything comes to rest, and people do something about what did not go well. */
  readonly chapters: number;
  /** Steps of a chapter before the faults cease. */
  readonly steps: number;
  /** Steps of the others before those that stand still at the end go on. */
  readonly wakeAfter: number;
  /** By how many milliseconds the processes' clocks are wrong, in the order in which they start. */
  readonly clocks: readonly number[];
}

const hourMs = 3_600_000;

/** One customer, and nothing goes wrong. */
export const plainScenario: Scenario = {
  runs: [1],
  policy: 'hold',
  recipients: 1,
  faults: [],
  tenants: 1,
  firstMessages: null,
  commands: false,
  restores: false,
  acts: false,
  restlessness: 0.04,
  chapters: 1,
  steps: 100,
  wakeAfter: 0,
  clocks: [],
};

export function scenarioOf(random: Random): Scenario {
  const customers = 1 + random.below(3);
  return {
    runs: random.chance(0.3) ? [customers, 1 + random.below(customers)] : [customers],
    policy: random.chance(0.5) ? 'hold' : 'repeat',
    recipients: random.chance(0.3) ? 2 : 1,
    faults: faultKinds.filter(() => random.chance(0.4)),
    tenants: random.chance(0.5) ? 2 : 1,
    firstMessages: random.chance(0.2) ? 1 + random.below(2) : null,
    commands: random.chance(0.3),
    restores: random.chance(0.15),
    acts: random.chance(0.5),
    restlessness: [0.04, 0.1, 0.25][random.below(3)]!,
    chapters: random.chance(0.2) ? 2 : 1,
    steps: 40 + random.below(90),
    wakeAfter: random.below(60),
    clocks: random.chance(0.3) ? [1, 2, 3].map(() => Math.round((random.next() * 2 - 1) * hourMs)) : [],
  };
}

import type { Scenario } from './scenario.js';
import { playSeed, type Played } from './simulation.js';
import { soundParts, type Parts } from './system.js';

export interface Campaign {
  /** Schedules that were played. */
  readonly schedules: number;
  readonly steps: number;
  /** The first one that broke a rule. */
  readonly found: Played | undefined;
}

export interface CampaignOptions {
  readonly firstSeed?: number;
  readonly schedules: number;
  readonly parts?: Parts;
  /** What all schedules shall have in common. */
  readonly scenario?: Partial<Scenario>;
}

/** Plays the schedules of seeds one after the other, until one breaks a rule. */
export async function campaign({
  firstSeed = 1,
  schedules,
  parts = soundParts,
  scenario = {},
}: CampaignOptions): Promise<Campaign> {
  let steps = 0;
  for (let seed = firstSeed; seed < firstSeed + schedules; seed += 1) {
    const played = await playSeed(seed, parts, scenario);
    steps += played.steps;
    if (played.violation !== undefined) return { schedules: seed - firstSeed + 1, steps, found: played };
    // Schedules leave the event loop no turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { schedules, steps, found: undefined };
}

import { shorten } from './shorten.js';
import { playSeed, replay, type Schedule } from './simulation.js';
import { soundParts, type Parts } from './system.js';

export interface Campaign {
  /** Schedules that were played. */
  readonly schedules: number;
  readonly steps: number;
  /** The first one that broke a rule, shortened. */
  readonly found: Found | undefined;
}

export interface Found {
  readonly rule: string;
  readonly message: string;
  readonly schedule: Schedule;
}

export interface CampaignOptions {
  readonly firstSeed?: number;
  readonly schedules: number;
  readonly parts?: Parts;
}

/** Plays the schedules of seeds one after the other, until one breaks a rule. */
export async function campaign({
  firstSeed = 1,
  schedules,
  parts = soundParts,
}: CampaignOptions): Promise<Campaign> {
  let steps = 0;
  for (let seed = firstSeed; seed < firstSeed + schedules; seed += 1) {
    const played = await playSeed(seed, parts);
    steps += played.steps;
    if (played.violation !== undefined) {
      const schedule = await shorten(played, parts);
      const { rule, message } = (await replay(schedule, parts)).violation!;
      return { schedules: seed - firstSeed + 1, steps, found: { rule, message, schedule } };
    }
    // Schedules leave the event loop no turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { schedules, steps, found: undefined };
}

/** As text: the schedule as `found.spec.ts` takes it. */
export const told = ({ rule, message, schedule }: Found): string =>
  `${rule}: ${message}\n${JSON.stringify(schedule, null, 2)}`;

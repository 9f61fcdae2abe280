import { playSeed, replay } from './simulation.js';
import { soundParts, type Parts } from './system.js';

const hourMs = 3_600_000;

/** Whether a schedule ends in another way when the processes' own clocks are wrong: everything must go by the database's. */
export async function mindsClocks(seed: number, parts: Parts = soundParts): Promise<boolean> {
  const right = await playSeed(seed, parts, { clocks: [] });
  const scenario = { ...right.scenario, clocks: [hourMs, -hourMs, hourMs / 2] };
  const wrong = await replay({ ...right, scenario }, parts);
  return right.steps !== wrong.steps || right.books() !== wrong.books();
}

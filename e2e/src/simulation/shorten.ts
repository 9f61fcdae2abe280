import { replay, type Played, type Schedule } from './simulation.js';
import { soundParts, type Parts } from './system.js';

/** More tries make a schedule hardly shorter. */
const mostTries = 2000;

/**
 * The same fault with as few moves as can be found: leaves out larger and smaller pieces, as long as the same rule is
 * broken (delta debugging, Zeller and Hildebrandt 2002).
 */
export async function shorten(found: Played, parts: Parts): Promise<Schedule> {
  let { moves } = found;
  let tries = 0;
  const breaksSameRule = async (shorter: readonly string[]): Promise<boolean> => {
    tries += 1;
    const { violation } = await replay({ ...found, moves: shorter }, parts);
    return violation?.rule === found.violation!.rule;
  };
  for (let pieces = 2; moves.length > 0 && tries < mostTries;) {
    const size = Math.ceil(moves.length / pieces);
    let isShorter = false;
    for (let at = 0; at < moves.length && tries < mostTries;) {
      const shorter = moves.toSpliced(at, size);
      if (await breaksSameRule(shorter)) {
        moves = shorter;
        isShorter = true;
      } else {
        at += size;
      }
    }
    if (size === 1 && !isShorter) break;
    if (!isShorter || pieces > moves.length) pieces = Math.min(pieces * 2, Math.max(moves.length, 1));
  }
  const { seed, scenario } = found;
  return { seed, scenario, moves };
}

/** For people: what was broken, and the shortest schedule that breaks it, as `found-schedules.ts` takes it. */
export async function tell(found: Played, parts: Parts = soundParts): Promise<string> {
  const schedule = await shorten(found, parts);
  const { violation } = await replay(schedule, parts);
  return `${violation!.rule}: ${violation!.message}\n${JSON.stringify(schedule, null, 2)}`;
}

import type { Drill, DrillResult } from '../drill.js';
import { Ground } from '../ground/ground.js';
import { runDrill, type DrillRequest } from './run-drill.js';

/** Contained drills that run at the same time: together they keep two processors busy. */
const containedAtOnce = 6;

export interface Report {
  readonly started: (drill: Drill) => void;
  readonly ended: (result: DrillResult) => void;
  /** A drill can't be done on this machine. */
  readonly leftOut: (drill: Drill, why: string) => void;
}

/** Runs drills on one ground, one after the other, contained ones several at once. After a failure the ground is made anew. */
export async function runDrills(
  drills: readonly Drill[],
  request: DrillRequest,
  report: Report,
  signal: AbortSignal,
): Promise<DrillResult[]> {
  const results: DrillResult[] = [];
  let ground: Ground | undefined;
  const clear = async () => {
    const old = ground;
    ground = undefined;
    await old?.stop();
  };
  const play = async (drill: Drill, on: Ground) => {
    const why = drill.impossible?.(on);
    if (why !== undefined) {
      report.leftOut(drill, why);
      return;
    }
    report.started(drill);
    const result = await runDrill(drill, on, request);
    results.push(result);
    report.ended(result);
  };
  try {
    const contained = drills.filter(({ isContained }) => isContained);
    const waiting = contained.values();
    if (contained.length > 0) {
      const shared = (ground = await Ground.start());
      const worker = async () => {
        for (const drill of waiting) {
          if (signal.aborted) return;
          await play(drill, shared);
        }
      };
      await Promise.all(Array.from({ length: containedAtOnce }, worker));
      if (results.some(({ failures }) => failures.length > 0)) await clear();
    }
    for (const drill of drills.filter(({ isContained }) => !isContained)) {
      if (signal.aborted) break;
      ground ??= await Ground.start();
      await play(drill, ground);
      if (results.at(-1)?.failures.length !== 0) await clear();
    }
  } finally {
    await clear();
  }
  return results;
}

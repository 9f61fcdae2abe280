import type { Drill, DrillResult } from '../drill.js';
import { Ground } from '../ground/ground.js';
import { runDrill, type DrillRequest } from './run-drill.js';

/** Drills that break a whole ground wait for most of their time: two grounds keep two processors busy. */
const groundsAtOnce = 2;
/** Contained drills that run at the same time on one ground. */
const containedAtOnce = 6;

export interface Report {
  readonly started: (drill: Drill) => void;
  readonly ended: (result: DrillResult) => void;
  /** A drill can't be done on this machine. */
  readonly leftOut: (drill: Drill, why: string) => void;
}

/**
 * Runs drills on a few grounds side by side: on each one after the other, contained ones several at once on the first.
 * After a failure the ground is made anew.
 */
export async function runDrills(
  drills: readonly Drill[],
  request: DrillRequest,
  report: Report,
  signal: AbortSignal,
): Promise<DrillResult[]> {
  const results: DrillResult[] = [];
  const play = async (drill: Drill, ground: Ground): Promise<boolean> => {
    const why = drill.impossible?.(ground);
    if (why !== undefined) {
      report.leftOut(drill, why);
      return true;
    }
    report.started(drill);
    const result = await runDrill(drill, ground, request);
    results.push(result);
    report.ended(result);
    return result.failures.length === 0;
  };

  const contained = drills.filter(({ isContained }) => isContained).values();
  const alone = drills.filter(({ isContained }) => !isContained).values();
  const seats = Array.from({ length: groundsAtOnce }, (_, index) => new Seat(`drills-${index + 1}`));
  const playContained = (seat: Seat) =>
    seat.use(async (ground) => {
      const workers = Array.from({ length: containedAtOnce }, async () => {
        let hold = true;
        for (const drill of untilAborted(contained, signal)) hold = (await play(drill, ground)) && hold;
        return hold;
      });
      return (await Promise.all(workers)).every(Boolean);
    });
  const playAlone = async (seat: Seat) => {
    for (const drill of untilAborted(alone, signal)) await seat.use((ground) => play(drill, ground));
  };
  try {
    await allSettled(
      seats.map(async (seat, index) => {
        if (index === 0 && drills.some(({ isContained }) => isContained)) await playContained(seat);
        await playAlone(seat);
      }),
    );
  } finally {
    await allSettled(seats.map((seat) => seat.clear()));
  }
  const order = new Map(drills.map(({ name }, index) => [name, index]));
  return results.sort((one, other) => order.get(one.drill)! - order.get(other.drill)!);
}

/** Where one ground stands at a time. */
class Seat {
  private ground: Ground | undefined;

  constructor(private readonly name: string) {}

  /** Gives the ground to the one who plays, who says whether all held. */
  async use(play: (ground: Ground) => Promise<boolean>): Promise<void> {
    this.ground ??= await Ground.start(this.name);
    if (!(await play(this.ground))) await this.clear();
  }

  async clear(): Promise<void> {
    const old = this.ground;
    this.ground = undefined;
    await old?.stop();
  }
}

/** What is left of a list that several take from. */
function* untilAborted(drills: Iterator<Drill>, signal: AbortSignal): Generator<Drill> {
  for (let next = drills.next(); !next.done; next = drills.next()) {
    if (signal.aborted) return;
    yield next.value;
  }
}

/** All of them to their end, so that nothing goes on behind the error of one. */
async function allSettled(promises: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(promises)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

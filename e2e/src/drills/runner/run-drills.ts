import type { Drill, DrillResult } from '../drill.js';
import type { DrillGround } from '../ground/drill-ground.js';
import { Ground } from '../ground/ground.js';
import { StandaloneGround } from '../ground/standalone-ground.js';
import { runDrill, type DrillRequest } from './run-drill.js';

/** Drills that break a whole ground wait for most of their time: two grounds keep two processors busy. */
const groundsAtOnce = 2;
/** Contained drills that run at the same time on one ground. */
const containedAtOnce = 6;

export interface Report {
  readonly started: (drill: Pick<Drill, 'name' | 'what'>) => void;
  readonly ended: (result: DrillResult) => void;
  /** A drill can't be done on this machine. */
  readonly leftOut: (drill: Pick<Drill, 'name'>, why: string) => void;
  /** A ground can't be started or ended; the others play what is left. */
  readonly groundLost: (error: Error) => void;
}

/** By the ground that they need. */
export interface ChosenDrills {
  readonly kafka: readonly Drill[];
  readonly standalone: readonly Drill<StandaloneGround>[];
}

/**
 * Runs drills on a few grounds side by side: on each one after the other, contained ones several at once on the first.
 * Those of the standalone shape come first on the second.
 * After a failure the ground is made anew.
 */
export async function runDrills(
  { kafka: drills, standalone }: ChosenDrills,
  request: DrillRequest,
  report: Report,
  signal: AbortSignal,
): Promise<DrillResult[]> {
  const results: DrillResult[] = [];
  const play = async <On extends DrillGround>(drill: Drill<On>, ground: On): Promise<boolean> => {
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
  const seats = Array.from(
    { length: groundsAtOnce },
    (_, index) => new Seat(() => Ground.start(`drills-${index + 1}`)),
  );
  const playContained = (seat: Seat<Ground>) =>
    seat.use(async (ground) => {
      const workers = Array.from({ length: containedAtOnce }, async () => {
        let hold = true;
        for (const drill of untilAborted(contained, signal)) hold = (await play(drill, ground)) && hold;
        return hold;
      });
      return (await Promise.all(workers)).every(Boolean);
    });
  const playAlone = async (seat: Seat<Ground>) => {
    for (const drill of untilAborted(alone, signal)) await seat.use((ground) => play(drill, ground));
  };
  const playStandalone = async () => {
    const seat = new Seat(() => StandaloneGround.start('drills-standalone'));
    try {
      for (const drill of untilAborted(standalone.values(), signal))
        await seat.use((ground) => play(drill, ground));
    } finally {
      await seat.clear();
    }
  };
  try {
    const lost = (error: Error) => report.groundLost(error);
    await Promise.all(
      seats.map(async (seat, index) => {
        if (index === 0 && drills.some(({ isContained }) => isContained))
          await playContained(seat).catch(lost);
        if (index === 1) await playStandalone().catch(lost);
        await playAlone(seat).catch(lost);
      }),
    );
  } finally {
    await allSettled(seats.map((seat) => seat.clear()));
  }
  const order = new Map([...drills, ...standalone].map(({ name }, index) => [name, index]));
  return results.sort((one, other) => order.get(one.drill)! - order.get(other.drill)!);
}

/** Where one ground stands at a time. */
class Seat<On extends DrillGround> {
  private ground: On | undefined;

  constructor(private readonly start: () => Promise<On>) {}

  /** Gives the ground to the one who plays, who says whether all held. */
  async use(play: (ground: On) => Promise<boolean>): Promise<void> {
    this.ground ??= await this.start();
    if (!(await play(this.ground))) await this.clear();
  }

  async clear(): Promise<void> {
    const old = this.ground;
    this.ground = undefined;
    await old?.stop();
  }
}

/** What is left of a list that several take from. */
function* untilAborted<Item>(drills: Iterator<Item>, signal: AbortSignal): Generator<Item> {
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

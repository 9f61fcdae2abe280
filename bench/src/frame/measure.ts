import { ownProcessorMs } from './processor-time.js';

export interface Measured {
  readonly seconds: number;
  readonly perSecond: number;
  /** Processor time of the named processes for each thing done, in microseconds. */
  readonly cpuUs: Readonly<Record<string, number>>;
  /** What else was counted, for each thing done. */
  readonly counted: Readonly<Record<string, number>>;
}

/** Looks at a number that only grows. */
export type Look = () => number | Promise<number>;

/** Whose processor time is of interest: looks at what it used since it started, in milliseconds. */
export type Watched = Readonly<Record<string, Look>>;

/** Does the work once and looks at clock, processors, and at what else is to be counted. */
export async function measure(
  count: number,
  work: () => Promise<unknown>,
  watched: Watched = { 'Node.js': ownProcessorMs },
  counted: Readonly<Record<string, Look>> = {},
): Promise<Measured> {
  // Looking at the numbers may itself be counted, so they are looked at first and last.
  const countsBefore = await lookAt(counted);
  const before = await lookAt(watched);
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await lookAt(watched);
  const countsAfter = await lookAt(counted);
  return {
    seconds,
    perSecond: count / seconds,
    cpuUs: growth(before, after, 1000 / count),
    counted: growth(countsBefore, countsAfter, 1 / count),
  };
}

async function lookAt(numbers: Readonly<Record<string, Look>>): Promise<Map<string, number>> {
  const looks = Object.entries(numbers).map(async ([name, look]) => [name, await look()] as const);
  return new Map(await Promise.all(looks));
}

const growth = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>, factor: number) =>
  Object.fromEntries([...after].map(([name, value]) => [name, (value - (before.get(name) ?? 0)) * factor]));

/**
 * The best of several rounds for each of several works, in turns: whatever else the machine does only makes a round
 * slower, and it meets all of them alike.
 */
export async function bestOfRounds<Works extends Readonly<Record<string, () => Promise<Measured>>>>(
  rounds: number,
  works: Works,
): Promise<{ [Name in keyof Works]: Measured }> {
  const best = new Map<string, Measured>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, work] of Object.entries<() => Promise<Measured>>(works)) {
      const measured = await work();
      if (measured.perSecond > (best.get(name)?.perSecond ?? 0)) best.set(name, measured);
    }
  }
  return Object.fromEntries(best) as { [Name in keyof Works]: Measured };
}

/** The processor times of a measurement, and what was counted, as details of a comparison. */
export const cpuDetails = (of: string, { cpuUs, counted }: Measured): Record<string, number> => ({
  ...Object.fromEntries(
    Object.entries(cpuUs).map(([name, us]) => [`${of}: processor time of ${name}, µs each`, us]),
  ),
  ...Object.fromEntries(Object.entries(counted).map(([name, value]) => [`${of}: ${name} each`, value])),
});

import { ownProcessorMs } from './processor-time.js';

export interface Measured {
  readonly seconds: number;
  readonly perSecond: number;
  /** Processor time of the named processes for each thing done, in microseconds. */
  readonly cpuUs: Readonly<Record<string, number>>;
}

/** Whose processor time is of interest: looks at what it used since it started, in milliseconds. */
export type Watched = Readonly<Record<string, () => number | Promise<number>>>;

/** Does the work once and looks at clock and processors. */
export async function measure(
  count: number,
  work: () => Promise<unknown>,
  watched: Watched = { 'Node.js': ownProcessorMs },
): Promise<Measured> {
  const look = () =>
    Promise.all(Object.entries(watched).map(async ([name, usedMs]) => [name, await usedMs()] as const));
  const before = new Map(await look());
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await look();
  return {
    seconds,
    perSecond: count / seconds,
    cpuUs: Object.fromEntries(
      after.map(([name, ms]) => [name, ((ms - (before.get(name) ?? 0)) * 1000) / count]),
    ),
  };
}

/**
 * The best of several rounds for each of several works, in turns: whatever else the machine does only makes a round
 * slower, and it meets all of them alike.
 */
export async function bestOfRounds<Name extends string>(
  rounds: number,
  works: Readonly<Record<Name, () => Promise<Measured>>>,
): Promise<Record<Name, Measured>> {
  const best = new Map<string, Measured>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, work] of Object.entries<() => Promise<Measured>>(works)) {
      const measured = await work();
      if (measured.perSecond > (best.get(name)?.perSecond ?? 0)) best.set(name, measured);
    }
  }
  return Object.fromEntries(best) as Record<Name, Measured>;
}

/** The processor times of a measurement as details of a comparison. */
export const cpuDetails = (of: string, { cpuUs }: Measured): Record<string, number> =>
  Object.fromEntries(
    Object.entries(cpuUs).map(([name, us]) => [`${of}: processor time of ${name}, µs each`, us]),
  );

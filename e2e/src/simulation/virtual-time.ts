/** What the code under test uses of time and chance, as a simulated process has it. */
export interface Clock {
  /** Milliseconds since 1970, by the process's own clock. */
  now(): number;
  /** Milliseconds of a clock that is never set. */
  monotonic(): number;
  random(): number;
  setTimer(callback: () => void, ms: number): VirtualTimer;
  clearTimer(timer: VirtualTimer): void;
}

/** A timer that a simulated process has set. `unref` and `ref` mean nothing: no process ends by itself. */
export interface VirtualTimer {
  readonly dueAt: number;
  unref(): this;
  ref(): this;
}

const real = {
  Date: globalThis.Date,
  performance: globalThis.performance,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setImmediate: globalThis.setImmediate,
  random: Math.random,
};

/**
 * Resolves when everything that can go on by itself has gone on: what waits for promises alone, since nothing else is
 * real here. The event loop gets no turn.
 */
export const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/**
 * Gives the code under test the time of the process that it runs in, until it is called back. So it is run as it is,
 * without a clock handed through all its layers.
 *
 * @param clock of the process that runs now; undefined outside of any
 */
export function installClock(clock: () => Clock | undefined): () => void {
  const RealDate = real.Date;
  class SimulatedDate extends RealDate {
    constructor(...given: [] | [string | number | Date]) {
      if (given.length === 0) super(SimulatedDate.now());
      else super(given[0]);
    }
    static override now(): number {
      return clock()?.now() ?? RealDate.now();
    }
  }
  const replaced: Record<string, unknown> = {
    Date: SimulatedDate,
    performance: { now: () => clock()?.monotonic() ?? real.performance.now() },
    setTimeout: (callback: () => void, ms = 0) =>
      clock()?.setTimer(callback, ms) ?? real.setTimeout(callback, ms),
    clearTimeout: (timer: VirtualTimer | undefined) => {
      if (timer !== undefined) clock()?.clearTimer(timer);
    },
    setImmediate: (callback: () => void) => clock()?.setTimer(callback, 0) ?? real.setImmediate(callback),
  };
  for (const [name, value] of Object.entries(replaced)) replaceGlobal(name, value);
  Math.random = () => clock()?.random() ?? real.random();
  return () => {
    for (const name of Object.keys(replaced)) replaceGlobal(name, real[name as keyof typeof real]);
    Math.random = real.random;
  };
}

function replaceGlobal(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

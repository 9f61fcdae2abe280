import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock, VirtualTimer } from './virtual-time.js';
import type { World } from './world.js';

interface Running {
  readonly process: SimulatedProcess;
  /** What it is busy with, for people. */
  readonly task: string;
}

const current = new AsyncLocalStorage<Running>();

/** The process whose code runs now. */
export const currentProcess = (): SimulatedProcess | undefined => current.getStore()?.process;
export const currentTask = (): string => current.getStore()?.task ?? 'loop';

export type ProcessState = 'running' | 'paused' | 'dead';

/** One process: whatever runs in it goes on only when the world says so, and never again once it was killed. */
export class SimulatedProcess implements Clock {
  state: ProcessState = 'running';
  /** By how much its clock is wrong. */
  skewMs = 0;
  /** Was told to end (SIGTERM), and takes on nothing more. */
  isEnding = false;
  /** All that it had begun has ended: it may go. */
  hasEnded = false;
  /** It does all that it can before time goes on. */
  isPunctual = true;
  /** Something that it asked for failed. */
  hadOutage = false;
  /** What it has begun and not ended, by name: each runs once at a time, as the loops of a real process do. */
  readonly busyWith = new Set<string>();
  /** What it was told to do. */
  readonly raised = new Set<string>();
  private readonly endings: (() => void)[] = [];

  constructor(
    readonly name: string,
    readonly world: World,
  ) {}

  get isAlive(): boolean {
    return this.state !== 'dead';
  }

  run<Result>(work: () => Result, task = 'loop'): Result {
    return current.run({ process: this, task }, work);
  }

  /** Waits for the world; a point at which others may go on, or the process may end. */
  readonly step = (name: string): Promise<void> => this.world.park(this, name);

  /** Begins work of which only one may run at a time. What it throws counts as its failure, and it is done again. */
  begin(name: string, work: () => Promise<unknown>): void {
    this.busyWith.add(name);
    this.raised.delete(name);
    this.run(() => {
      work().then(
        () => this.busyWith.delete(name),
        (error: unknown) => {
          this.busyWith.delete(name);
          this.world.failed(this, name, error);
        },
      );
    }, name);
  }

  onEnd(ending: () => void): void {
    this.endings.push(ending);
  }

  kill(): void {
    this.state = 'dead';
    this.world.forget(this);
    for (const ending of this.endings) ending();
  }

  now(): number {
    return this.world.now + this.skewMs;
  }

  monotonic(): number {
    return this.world.now;
  }

  random(): number {
    return this.world.random.next();
  }

  setTimer(callback: () => void, ms: number): VirtualTimer {
    return this.world.setTimer(this, callback, ms);
  }

  clearTimer(timer: VirtualTimer): void {
    this.world.clearTimer(timer);
  }
}

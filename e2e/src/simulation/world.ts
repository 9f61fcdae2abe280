import { Outage, isOutage } from '@mailrun/platform-errors';
import { currentTask, type SimulatedProcess } from './process.js';
import type { Random } from './random.js';
import type { VirtualTimer } from './virtual-time.js';

/** Something that waits for the world at a named point. */
export interface Parked {
  readonly process: SimulatedProcess;
  /** With what the process is busy. */
  readonly task: string;
  readonly name: string;
  /** How it may go on; the first is the ordinary way. */
  readonly ways: readonly Way[];
  /** It waits for the mail server, not for something of ours. */
  readonly isConversing: boolean;
}

export interface Way {
  readonly name: string;
  readonly go: () => void;
}

/** Thrown when something that must hold does not. */
export class Violation extends Error {
  override readonly name = 'Violation';

  /** @param rule which one, in a word */
  constructor(
    readonly rule: string,
    message: string,
  ) {
    super(message);
  }
}

class Timer implements VirtualTimer {
  constructor(
    readonly process: SimulatedProcess,
    readonly task: string,
    readonly callback: () => void,
    readonly dueAt: number,
  ) {}

  unref(): this {
    return this;
  }

  ref(): this {
    return this;
  }
}

const wayOn = 'on';
const wayOfOutage = 'fails';

/** Time, and everything that waits for its turn. Nothing in it happens by itself. */
export class World {
  /** Milliseconds since 1970. */
  now = Date.UTC(2026, 5, 1);
  readonly parked: Parked[] = [];
  readonly timers: Timer[] = [];
  /** The first rule that was broken. */
  violation: Violation | undefined;
  /** Whose code ran last, and with what it was busy. */
  acting: SimulatedProcess | undefined;
  task = '';

  constructor(readonly random: Random) {}

  park(process: SimulatedProcess, name: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!process.isAlive) return;
      const fails = () => reject(new Outage('simulation.away', `${name} failed.`));
      this.parked.push({
        process,
        task: currentTask(),
        name,
        isConversing: false,
        ways: [
          { name: wayOn, go: resolve },
          { name: wayOfOutage, go: fails },
        ],
      });
    });
  }

  /** Waits until the world chooses one of the answers; the first is the ordinary one. */
  choose<Answer extends string>(
    process: SimulatedProcess,
    name: string,
    answers: readonly Answer[],
    { isConversing = false } = {},
  ): Promise<Answer> {
    return new Promise((resolve) => {
      if (!process.isAlive) return;
      const ways = answers.map((answer) => ({ name: answer, go: () => resolve(answer) }));
      this.parked.push({ process, task: currentTask(), name, ways, isConversing });
    });
  }

  take(parked: Parked, way: Way): void {
    this.acting = parked.process;
    this.task = parked.task;
    if (way.name === wayOfOutage) parked.process.hadOutage = true;
    this.parked.splice(this.parked.indexOf(parked), 1);
    way.go();
  }

  setTimer(process: SimulatedProcess, callback: () => void, ms: number): Timer {
    const timer = new Timer(process, currentTask(), callback, this.now + Math.max(ms, 0));
    if (process.isAlive) this.timers.push(timer);
    return timer;
  }

  clearTimer(timer: VirtualTimer): void {
    const at = this.timers.indexOf(timer as Timer);
    if (at >= 0) this.timers.splice(at, 1);
  }

  fire(timer: Timer): void {
    this.clearTimer(timer);
    this.acting = timer.process;
    this.task = timer.task;
    timer.process.run(timer.callback, timer.task);
  }

  /** A process is gone, with all that waited in it. */
  forget(process: SimulatedProcess): void {
    keep(this.parked, (parked) => parked.process !== process);
    keep(this.timers, (timer) => timer.process !== process);
  }

  /** Work of a process ended with an error. Outages pass; anything else is a fault of the program. */
  failed(process: SimulatedProcess, name: string, error: unknown): void {
    if (isOutage(error)) return;
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.broken('no bug', `${process.name} failed in ${name}: ${stack}`);
  }

  /** Something that must hold does not: the schedule ends here. */
  broken(rule: string, message: string): void {
    this.violation ??= new Violation(rule, message);
  }
}

function keep<Item>(items: Item[], holds: (item: Item) => boolean): void {
  let kept = 0;
  for (const item of items) if (holds(item)) items[kept++] = item;
  items.length = kept;
}

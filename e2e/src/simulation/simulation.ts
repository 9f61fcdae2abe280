import { leaseMs } from './dispatcher-node.js';
import { booksOf } from './books.js';
import { currentProcess } from './process.js';
import { Moves, type Move } from './moves.js';
import { Random } from './random.js';
import { NothingHangs } from './invariants/nothing-hangs.rule.js';
import { scenarioOf, type FaultKind, type Scenario } from './scenario.js';
import { System, replicas, soundParts, type Node, type Parts, type Role } from './system.js';
import { installClock, settled } from './virtual-time.js';
import { Violation, World } from './world.js';

/** Everything that happened, by name: enough to make it happen again. */
export interface Schedule {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly moves: readonly string[];
}

export interface Played extends Schedule {
  readonly steps: number;
  /** What the tables say at the end. */
  readonly books: () => string;
  /** Undefined when everything held. */
  readonly violation: Violation | undefined;
}

/** More of them without coming to rest is a fault. */
const mostStepsOfRest = 3000;
const mostRounds = 60;
const passMs = leaseMs / 3;
const everything = (): boolean => true;
const rest = 'everything comes to rest';

/** Plays the schedule of a seed. */
export async function playSeed(
  seed: number,
  parts: Parts = soundParts,
  given: Partial<Scenario> = {},
): Promise<Played> {
  const random = new Random(seed);
  const scenario = { ...scenarioOf(random), ...given };
  // Where errors come from costs more than all else, and is asked for when a schedule is played again.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await play({ seed, scenario }, parts, (player) => player.atRandom(random));
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Plays a schedule again; moves that are not possible at their turn are left out. */
export async function replay(schedule: Schedule, parts: Parts = soundParts): Promise<Played> {
  return play(schedule, parts, (player) => player.byNames(schedule.moves));
}

async function play(
  { seed, scenario }: Omit<Schedule, 'moves'>,
  parts: Parts,
  how: (player: Player) => Promise<void>,
): Promise<Played> {
  const world = new World(new Random(seed ^ 0x5eed));
  const uninstall = installClock(currentProcess);
  const player = new Player(world, scenario, parts);
  let violation: Violation | undefined;
  try {
    await player.perform({ name: 'begin', run: () => player.open() });
    await how(player);
    await player.end();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  } finally {
    uninstall();
  }
  return { seed, scenario, moves: player.moves, steps: player.steps, books: () => player.books, violation };
}

class Player {
  readonly moves: string[] = [];
  steps = 0;
  private system!: System;
  private possible!: Moves;
  private isResting = false;
  private wakeAt = Infinity;

  constructor(
    private readonly world: World,
    private readonly scenario: Scenario,
    private readonly parts: Parts,
  ) {}

  open(): void {
    this.system = new System(this.world, this.scenario, this.parts);
    this.possible = new Moves(this.system, this.scenario);
  }

  async atRandom(random: Random): Promise<void> {
    await this.chapter(random);
    for (let chapter = 2; chapter <= this.scenario.chapters; chapter += 1) {
      await this.rest();
      const act = oneOf(this.possible.furtherActs(), random);
      if (act !== undefined) await this.perform(act);
      await this.chapter(random);
    }
  }

  get books(): string {
    return booksOf(this.system);
  }

  private async chapter(random: Random): Promise<void> {
    const { faults, steps, restlessness } = this.scenario;
    const kinds = new Set<FaultKind>(faults);
    const allows = (kind: FaultKind) => kinds.has(kind);
    for (let i = 0; i < steps; i += 1) {
      const dice = random.next();
      if (kinds.has('slowness') && dice > this.silence() && this.possible.isConversing) {
        await this.waitForServer();
        continue;
      }
      let moves: readonly Move[] = [];
      if (dice < 0.06) moves = this.possible.wrong(allows);
      else if (dice < 0.06 + restlessness) moves = oneOf(this.possible.unasked(allows), random) ?? [];
      if (moves.length === 0) moves = [...this.possible.ordinary()];
      await this.perform(oneOf(moves, random) ?? this.nextMoment());
    }
  }

  /** Above this, a server that keeps silent does so now: best while a process wants to end. */
  private silence(): number {
    return this.system.nodes.some(({ process }) => process.isEnding) ? 0.9 : 0.992;
  }

  /** The mail server says nothing for longer than a lease. Whatever can go on meanwhile does. */
  private async waitForServer(): Promise<void> {
    for (let passed = 0; passed <= leaseMs + passMs; passed += passMs) {
      for (const move of this.possible.recovering()) await this.perform(move);
      await this.goOn(true);
      this.system.caughtUp();
      await this.perform(this.possible.wait(passMs));
    }
  }

  async byNames(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (name === rest) {
        await this.rest();
        continue;
      }
      const passes = /^(\d+) ms pass$/.exec(name);
      const move = passes === null ? this.moveNamed(name) : this.possible.wait(Number(passes[1]));
      if (move !== undefined) await this.perform(move);
    }
  }

  private moveNamed(name: string): Move | undefined {
    const unnumbered = name.replace(/ \(\d+\)$/, '');
    const moves = [
      ...this.possible.ordinary(),
      ...this.possible.wrong(everything),
      ...this.possible.unasked(everything).flat(),
      ...this.possible.furtherActs(),
    ].map((move) => ({ name: move.name, run: move.run }));
    return moves.find((move) => move.name === name) ?? moves.find((move) => move.name === unnumbered);
  }

  /** Between chapters. */
  private async rest(): Promise<void> {
    this.moves.push(rest);
    await this.comeToRest();
    this.isResting = false;
  }

  async end(): Promise<void> {
    await this.comeToRest();
    this.system.watcher.atEnd();
    this.throwViolation();
  }

  /** Faults cease, time goes on: everything must come to its end. */
  private async comeToRest(): Promise<void> {
    this.isResting = true;
    await this.goOn();
    if (this.sleepers.length > 0) {
      // Others take over what they had, and in the middle of that they wake.
      this.wakeAt = this.steps + this.scenario.wakeAfter;
      await this.perform(this.possible.takingOver());
      await this.goOn();
      for (let round = 0; this.sleepers.length > 0 && round < 2; round += 1) await this.poll(round);
      this.wake();
      await this.goOn();
    }
    await this.resume();
    for (let round = 0; round < mostRounds && !this.isAtRest; round += 1) {
      if (round > 0) await this.perform(this.nextMoment());
      await this.poll(round);
      await this.resume();
    }
  }

  /** What was paused, by people or by itself, waits for people. */
  private async resume(): Promise<void> {
    for (let act = this.possible.goingOn(); act !== undefined; act = this.possible.goingOn()) {
      await this.perform(act);
      await this.goOn();
    }
  }

  private get sleepers(): readonly Node[] {
    return this.system.nodes.filter(({ process }) => process.state === 'paused');
  }

  private wake(): void {
    for (const { process } of this.sleepers) process.state = 'running';
    this.wakeAt = Infinity;
  }

  private get isAtRest(): boolean {
    const { ledger, bus } = this.system;
    const isEnding = this.system.nodes.some(({ process }) => process.isEnding);
    return (
      !isEnding && ledger.outbox.size === 0 && bus.isEmpty && NothingHangs.waiting(this.system) === undefined
    );
  }

  /** What processes do from time to time, by one replica after the other. */
  private async poll(round: number): Promise<void> {
    for (const role in replicas) {
      const living = this.system.living(role as Role).filter(({ process }) => process.state === 'running');
      const node = living[round % living.length];
      if (node === undefined) continue;
      for (const name in node.chores) {
        if (!node.process.busyWith.has(name)) await this.perform(this.possible.chore(node, name));
      }
    }
    await this.goOn();
  }

  async perform({ name, run }: Move): Promise<void> {
    if (!this.isResting && name !== 'begin') this.moves.push(name);
    this.steps += 1;
    run();
    await settled();
    this.system.watcher.afterStep();
    this.throwViolation();
  }

  private throwViolation(): void {
    if (this.world.violation !== undefined) throw this.world.violation;
  }

  /** Until nothing more happens without time. */
  private async goOn(isSilent = false): Promise<void> {
    for (let i = 0; i < mostStepsOfRest; i += 1) {
      if (this.steps >= this.wakeAt) this.wake();
      const { value: move } = this.possible.ordinary(isSilent).next();
      if (move === undefined) return;
      await this.perform(move);
    }
    throw new Violation('NothingHangs', 'Something happens over and over, and leads to nothing.');
  }

  private nextMoment(): Move {
    return this.possible.wait(this.system.msToNext());
  }
}

const oneOf = <Item>(items: readonly Item[], random: Random): Item | undefined =>
  items[random.below(items.length)];

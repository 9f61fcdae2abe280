import type { MailState } from '@mailrun/service-dispatcher/in-memory';
import type { Work } from '@mailrun/service-runs/in-memory';
import { Acts } from './acts.js';
import { Commands } from './commands.js';
import { leaseMs } from './dispatcher-node.js';
import type { FaultKind, Scenario } from './scenario.js';
import type { SimulatedProcess } from './process.js';
import { replicas, type Node, type Role, type System } from './system.js';
import type { Parked, Way, World } from './world.js';

/** Something that may happen next. The same name means the same thing at every point of a schedule. */
export interface Move {
  readonly name: string;
  readonly run: () => void;
}

const faultOfWay: Readonly<Record<string, FaultKind>> = {
  fails: 'outages',
  'is not let in': 'refusals',
  'breaks before the dot': 'refusals',
  'refuses a recipient': 'refusals',
  'refuses the sender for now': 'refusals',
  'says 421': 'refusals',
  'refuses one of them': 'refusals',
  'puts one of them off': 'refusals',
  defers: 'refusals',
  refuses: 'refusals',
  'nothing of it': 'refusals',
  'loses it': 'unknown ends',
  'hangs up': 'unknown ends',
};

const wakeable: ReadonlySet<string> = new Set<Work | 'guard'>([
  'guard',
  'restored',
  'feed',
  'watch',
  'gate',
  'stop',
  'settle',
  'round',
  'decide',
]);
const sendingSteps = /^(queue\.claim done|connect|contents|queue\.commit|begins|hears)/;
const finalMails: ReadonlySet<MailState> = new Set(['sent', 'failed', 'partly-sent', 'stopped']);
/** More would only make schedules long. */
const mostProcesses = 9;

/** What may happen in a system, by how it comes about. */
export class Moves {
  private processes = 0;
  private readonly acts: Acts;
  private readonly commands: Commands;

  constructor(
    private readonly system: System,
    private readonly scenario: Scenario,
  ) {
    this.acts = new Acts(system, scenario);
    this.commands = new Commands(system);
  }

  /**
   * What happens where nothing goes wrong, and nothing is done before its time.
   *
   * @param isSilent the mail server says nothing
   */
  *ordinary(isSilent = false): Generator<Move> {
    const { world, bus, nodes } = this.system;
    for (const parked of world.parked) {
      if (parked.process.state === 'running' && !(isSilent && parked.isConversing)) yield this.way(parked, 0);
    }
    for (const timer of world.timers) {
      if (timer.dueAt > world.now || timer.process.state !== 'running') continue;
      yield new TimerMove(world, timer);
    }
    for (const node of nodes) {
      const { process } = node;
      if (process.state !== 'running') continue;
      for (const topic in node.consumes) {
        if (process.isEnding || process.busyWith.has(`consume ${topic}`) || !bus.hasWaiting(topic)) continue;
        yield this.deliver(node, topic, 100);
      }
      for (const name of process.raised) {
        if (wakeable.has(name) && !process.busyWith.has(name)) yield this.chore(node, name);
      }
      if (process.hasEnded && process.busyWith.size === 0) {
        yield { name: `${process.name} leaves`, run: () => this.system.leave(node) };
      }
    }
    for (const role in replicas) {
      if (this.system.living(role as Role).length < replicas[role as Role]) {
        yield { name: `${role} starts`, run: () => void this.system.start(role as Role) };
      }
    }
    yield* this.acts.starting();
  }

  /** What is waited for goes wrong. */
  wrong(allows: (kind: FaultKind) => boolean): Move[] {
    const moves: Move[] = [];
    for (const parked of this.system.world.parked) {
      if (parked.process.state !== 'running') continue;
      for (let way = 1; way < parked.ways.length; way += 1) {
        if (allows(faultOfWay[parked.ways[way]!.name]!)) moves.push(this.way(parked, way));
      }
    }
    return moves;
  }

  /** What nobody waits for, by kind; each kind is as likely as the others. */
  unasked(allows: (kind: FaultKind) => boolean): Move[][] {
    const { nodes } = this.system;
    const running = nodes.filter(({ process }) => process.state === 'running');
    const paused = nodes.filter(({ process }) => process.state === 'paused');
    // In the middle of a conversation there is most to go wrong.
    const sending = running.filter(({ process }) => this.isSending(process));
    const preferred = (all: readonly Node[]) => (sending.length > 0 ? sending : all);
    const kinds = [
      running.filter(({ process }) => !process.isEnding).flatMap((node) => this.early(node)),
      paused.flatMap((node) => this.later(node, sending.length > 0)),
      this.acts.moves(),
      this.acts.together(),
      this.scenario.commands ? this.commands.moves() : [],
      allows('crashes') && this.processes < mostProcesses
        ? preferred(running).map((node) => ({
            name: `${node.process.name} is killed`,
            run: () => this.kill(node),
          }))
        : [],
      allows('pauses') ? preferred(running).flatMap((node) => this.standingStill(node)) : [],
      allows('time') ? [1, 20, 120].map((seconds) => this.wait(seconds * 1000)) : [],
      allows('losses') ? this.waiting('is lost', (topic, index) => this.system.bus.lose(topic, index)) : [],
      allows('disorder')
        ? this.waiting('falls behind', (topic, index) => this.system.bus.putBack(topic, index))
        : [],
      allows('replays') ? this.replays() : [],
      allows('restarts') && this.processes < mostProcesses ? this.endings(preferred(running)) : [],
      allows('lost bytes') ? this.losingBytes() : [],
      this.scenario.restores ? this.restoring() : [],
    ];
    return kinds.filter((moves) => moves.length > 0);
  }

  private isSending(process: SimulatedProcess): boolean {
    return this.system.world.parked.some((one) => one.process === process && sendingSteps.test(one.name));
  }

  /** A mail server has content, or is about to get it. */
  get isConversing(): boolean {
    return this.system.world.parked.some(({ isConversing }) => isConversing);
  }

  /** What a process does without having been told that there is anything to do. */
  private early(node: Node): Move[] {
    const { process, chores, consumes } = node;
    const { bus } = this.system;
    const isFree = (name: string) => !process.busyWith.has(name);
    return [
      ...Object.keys(chores)
        .filter(isFree)
        .map((name) => this.chore(node, name)),
      ...Object.keys(consumes)
        .filter((topic) => isFree(`consume ${topic}`) && bus.hasWaiting(topic))
        .map((topic) => this.deliver(node, topic, 1)),
    ];
  }

  /** A process that stands still is not gone: it goes on, best while others do what it had begun. */
  private later(node: Node, isBadMoment: boolean): Move[] {
    const { process } = node;
    const continues = { name: `${process.name} continues`, run: () => void (process.state = 'running') };
    if (isBadMoment) return [continues];
    return [
      continues,
      { name: `${process.name} loses its records`, run: () => this.system.takeBack(node) },
      { name: `${process.name} is taken for dead`, run: () => this.takeOver() },
    ];
  }

  private standingStill(node: Node): Move[] {
    const { process } = node;
    const stop = () => void (process.state = 'paused');
    return [
      { name: `${process.name} stands still`, run: stop },
      {
        name: `${process.name} stands still for long`,
        run: () => {
          stop();
          this.takeOver();
        },
      },
    ];
  }

  /** Leases end, and the others see it. */
  private takeOver(): void {
    this.system.pass(leaseMs + 1000);
    for (const node of this.system.living('dispatcher')) {
      const { process, chores } = node;
      if (process.state === 'running' && !process.busyWith.has('recover')) {
        process.begin('recover', chores['recover']!);
      }
    }
  }

  /** What people do about what did not go well. */
  furtherActs(): Move[] {
    return this.acts.furtherActs();
  }

  /** What waits for people goes on. */
  goingOn(): Move | undefined {
    return this.commands.goingOn() ?? this.acts.resuming();
  }

  /** Leases end, and who lives takes over. */
  takingOver(): Move {
    return { name: 'leases end', run: () => this.takeOver() };
  }

  /** Those who live look for what others left behind. */
  recovering(): Move[] {
    return this.system
      .living('dispatcher')
      .filter(({ process }) => process.state === 'running' && !process.busyWith.has('recover'))
      .map((node) => this.chore(node, 'recover'));
  }

  wait(ms: number): Move {
    return { name: `${ms} ms pass`, run: () => this.system.pass(ms) };
  }

  chore(node: Node, name: string): Move {
    const { process, chores } = node;
    return { name: `${process.name}: ${name}`, run: () => process.begin(name, chores[name]!) };
  }

  private endings(nodes: readonly Node[]): Move[] {
    return nodes
      .filter(({ dispatcher, process }) => dispatcher !== undefined && !process.isEnding)
      .map((node) => ({
        name: `${node.process.name} is told to end`,
        run: () => {
          this.processes += 1;
          this.system.tellToEnd(node);
        },
      }));
  }

  /** A backup is made, work goes on, and the database is restored, late enough to be noticed. */
  private restoring(): Move[] {
    const { system } = this;
    const { backup, marks, wasRestored } = system;
    if (wasRestored) return [];
    if (backup === undefined) return [{ name: 'a backup is made', run: () => system.makeBackup() }];
    if (marks.mark > backup.epoch) {
      return [{ name: 'the database is restored', run: () => system.restoreBackup() }];
    }
    const guard = system
      .living('dispatcher')
      .find(({ process }) => process.state === 'running' && !process.busyWith.has('guard'));
    if (guard === undefined) return [];
    const move = this.chore(guard, 'guard');
    return [{ ...move, name: `11 s later, ${move.name}`, run: () => (system.pass(11_000), move.run()) }];
  }

  private losingBytes(): Move[] {
    const { ledger, lostBytes } = this.system;
    return [...ledger.rows]
      .filter(([key, { sealed, state }]) => sealed && !finalMails.has(state) && !lostBytes.has(key))
      .map(([key]) => ({ name: `bytes of ${key} are lost`, run: () => void lostBytes.add(key) }));
  }

  private kill(node: Node): void {
    this.processes += 1;
    this.system.kill(node);
  }

  private waiting(what: string, run: (topic: string, index: number) => void): Move[] {
    const { bus } = this.system;
    return [...bus.topics()].flatMap((topic) =>
      bus.waiting(topic).map((_, index) => ({
        name: `${topic} ${index} ${what}`,
        run: () => run(topic, index),
      })),
    );
  }

  private replays(): Move[] {
    const { bus, isUnreconciled } = this.system;
    if (isUnreconciled) return [];
    return [...bus.topics()].flatMap((topic) =>
      bus.published(topic).map((_, index) => ({
        name: `${topic} ${index} comes again`,
        run: () => bus.replay(topic, index),
      })),
    );
  }

  private way(parked: Parked, index: number): Move {
    return new WayMove(this.system.world, parked, parked.ways[index]!);
  }

  private deliver(node: Node, topic: string, limit: number): Move {
    const what = limit === 1 ? 'one' : 'all';
    return {
      name: `${node.process.name} gets ${what} of ${topic}`,
      run: () => this.system.deliver(node, topic, limit),
    };
  }
}

/** Something that waits goes on. Its name is made only for what is chosen: there are very many. */
class WayMove implements Move {
  constructor(
    private readonly world: World,
    private readonly parked: Parked,
    private readonly chosen: Way,
  ) {}

  get name(): string {
    const { process, task, name } = this.parked;
    const isAlike = (one: Parked) => one.process === process && one.task === task && one.name === name;
    const number = numberOf(this.world.parked, this.parked, isAlike);
    return `${process.name} ${task}: ${name} ${this.chosen.name}${number}`;
  }

  readonly run = (): void => this.world.take(this.parked, this.chosen);
}

class TimerMove implements Move {
  constructor(
    private readonly world: World,
    private readonly timer: World['timers'][number],
  ) {}

  get name(): string {
    const { process, task } = this.timer;
    const isAlike = (one: World['timers'][number]) => one.process === process && one.task === task;
    return `${process.name} ${task}: timer${numberOf(this.world.timers, this.timer, isAlike)}`;
  }

  readonly run = (): void => this.world.fire(this.timer);
}

/** Tells the second and later ones of the same kind from the first. */
function numberOf<Item>(items: readonly Item[], item: Item, isAlike: (one: Item) => boolean): string {
  const before = items.slice(0, items.indexOf(item)).filter(isAlike).length;
  return before === 0 ? '' : ` (${before + 1})`;
}

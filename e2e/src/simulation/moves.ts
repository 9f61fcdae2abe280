import { Refusal } from '@mailrun/platform-errors';
import type { MailState } from '@mailrun/service-dispatcher/in-memory';
import { memoryTenant, type EngineProcess, type Work } from '@mailrun/service-runs/in-memory';
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

const who = { tenantId: memoryTenant };

type RunAct = (
  engine: EngineProcess,
  runId: string,
  named: { readonly preparationId: string; readonly expectedMessages: number },
) => Promise<unknown>;

/** What people do with a run. */
const acts = {
  start: ({ starting }, runId, named) => starting.start(who, runId, named),
  stop: ({ stopping }, runId) => stopping.stop(who, runId, undefined),
  pause: ({ pausing }, runId) => pausing.pause(who, runId, undefined),
  resume: ({ resuming }, runId) => resuming.resume(who, runId, {}),
  'retry failed of': ({ retrying }, runId) => retrying.retry(who, 'retry-failed', runId, {}),
  'send the rest of': ({ retrying }, runId) => retrying.retry(who, 'send-rest', runId, {}),
  'treat as sent all of': ({ deciding }, runId) =>
    deciding.decideAll(who, runId, { decision: 'treat-as-sent' }),
  'send again all of': ({ deciding }, runId) => deciding.decideAll(who, runId, { decision: 'send-again' }),
} satisfies Record<string, RunAct>;

/** What people do with a message. */
const messageActs = {
  'treat as sent': ({ deciding }, id) => deciding.decideOne(who, id, { decision: 'treat-as-sent' }),
  'send again': ({ deciding }, id) => deciding.decideOne(who, id, { decision: 'send-again' }),
  resend: ({ resending }, id) => resending.resend(who, id, 'Asked for.'),
} satisfies Record<string, (engine: EngineProcess, messageId: string) => Promise<unknown>>;

const wakeable: ReadonlySet<string> = new Set<Work>([
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

  constructor(
    private readonly system: System,
    private readonly scenario: Scenario,
  ) {}

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
    for (const index of this.system.runs.keys()) {
      if (this.stateOf(index) === 'prepared') yield* this.act('start', index);
    }
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
      this.acts(),
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

  private acts(): Move[] {
    if (!this.scenario.acts) return [];
    return [
      ...[...this.system.runs.keys()].flatMap((index) => {
        const state = this.stateOf(index);
        if (state === 'paused') return [...this.act('stop', index), ...this.act('resume', index)];
        return state === 'running' ? [...this.act('stop', index), ...this.act('pause', index)] : [];
      }),
      ...this.furtherActs(),
    ];
  }

  /** What people do about what did not go well. */
  furtherActs(): Move[] {
    const { tables, runs } = this.system;
    const messages = [...tables.table('messages').values()];
    const moves: Move[] = [];
    for (const [index, { runId }] of runs.entries()) {
      const states = new Set(messages.filter((one) => one.runId === runId).map(({ state }) => state));
      if (states.has('failed') || states.has('partly-sent'))
        moves.push(...this.act('retry failed of', index));
      if (states.has('stopped')) moves.push(...this.act('send the rest of', index));
      if (!states.has('uncertain')) continue;
      moves.push(...this.act('treat as sent all of', index), ...this.act('send again all of', index));
    }
    for (const [number, { id, state }] of messages.entries()) {
      if (state === 'uncertain') {
        moves.push(...this.message('treat as sent', number, id), ...this.message('send again', number, id));
      }
      if (state === 'sent' || state === 'failed') moves.push(...this.message('resend', number, id));
    }
    return moves;
  }

  /** Someone lets a paused run go on. */
  resuming(): Move | undefined {
    const paused = [...this.system.runs.keys()].find((index) => this.stateOf(index) === 'paused');
    return paused === undefined ? undefined : this.act('resume', paused)[0];
  }

  /** Leases end, and who lives takes over. */
  takingOver(): Move {
    return { name: 'leases end', run: () => this.takeOver() };
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
    const { bus } = this.system;
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

  private act(name: keyof typeof acts, index: number): Move[] {
    const { tables, runs } = this.system;
    const { runId } = runs[index]!;
    return this.byPeople(`${name} run ${index}`, (engine) => {
      const { preparationId } = tables.table('runs').get(runId)!;
      const expectedMessages = this.scenario.runs[index]!;
      if (name === 'send again all of') this.system.people.sendAgainAll(runId);
      if (name === 'treat as sent all of') this.system.people.treatAsSentAll(runId);
      return acts[name](engine, runId, { preparationId: preparationId!, expectedMessages });
    });
  }

  private message(name: keyof typeof messageActs, number: number, id: string): Move[] {
    return this.byPeople(`${name} message ${number}`, (engine) => {
      if (name === 'treat as sent') this.system.people.treatAsSent(id);
      else this.system.people.sendAgain(id);
      return messageActs[name](engine, id);
    });
  }

  /** Through any process of runs. */
  private byPeople(title: string, work: (engine: EngineProcess) => Promise<unknown>): Move[] {
    return this.system
      .living('runs')
      .filter(({ process }) => process.state === 'running' && !process.busyWith.has(title))
      .map(({ process, runs }) => ({
        name: `${process.name}: ${title}`,
        run: () => process.begin(title, () => refusable(() => work(runs!.engine))),
      }));
  }

  private stateOf(index: number): string {
    return this.system.tables.table('runs').get(this.system.runs[index]!.runId)!.state;
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

/** Of two people at once, one is told that the run is not what they thought. */
async function refusable(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

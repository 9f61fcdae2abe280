import { Refusal } from '@mailrun/platform-errors';
import type { EngineProcess, RunRef } from '@mailrun/service-runs/in-memory';
import type { MessageRow } from './invariants/rule.js';
import type { Move } from './moves.js';
import type { Scenario } from './scenario.js';
import type { System } from './system.js';

interface Given {
  readonly preparationId: string;
  readonly expectedMessages: number;
  /** How many may be fed then. */
  readonly feeding: { readonly firstMessages?: number };
}

type RunAct = (engine: EngineProcess, run: RunRef, given: Given) => Promise<unknown>;

/** What people do with a run. */
const acts = {
  start: ({ starting }, run, { feeding, ...named }) =>
    starting.start(run, run.runId, { ...named, ...feeding }),
  stop: ({ stopping }, run) => stopping.stop(run, run.runId, undefined),
  pause: ({ pausing }, run) => pausing.pause(run, run.runId, undefined),
  resume: ({ resuming }, run, { feeding }) => resuming.resume(run, run.runId, feeding),
  'retry failed of': ({ retrying }, run) => retrying.retry(run, 'retry-failed', run.runId, {}),
  'send the rest of': ({ retrying }, run) => retrying.retry(run, 'send-rest', run.runId, {}),
  'treat as sent all of': ({ deciding }, run) =>
    deciding.decideAll(run, run.runId, { decision: 'treat-as-sent' }),
  'send again all of': ({ deciding }, run) => deciding.decideAll(run, run.runId, { decision: 'send-again' }),
} satisfies Record<string, RunAct>;

type MessageAct = (
  engine: EngineProcess,
  message: { readonly tenantId: string; readonly id: string },
) => Promise<unknown>;

/** What people do with a message. */
const messageActs = {
  'treat as sent': ({ deciding }, message) =>
    deciding.decideOne(message, message.id, { decision: 'treat-as-sent' }),
  'send again': ({ deciding }, message) =>
    deciding.decideOne(message, message.id, { decision: 'send-again' }),
  resend: ({ resending }, message) => resending.resend(message, message.id, 'Asked for.'),
} satisfies Record<string, MessageAct>;

/** As runs calls the rounds that they begin; the others have the names that they have here. */
const doneAs = (name: keyof typeof acts): string =>
  name === 'retry failed of' ? 'retry-failed' : name === 'send the rest of' ? 'send-rest' : name;
const isDecision = (name: keyof typeof acts): boolean => name.endsWith('all of');

/** These let messages be fed. */
const feedingActs: ReadonlySet<string> = new Set(['start', 'resume']);

/** What people may do through the API of runs. */
export class Acts {
  constructor(
    private readonly system: System,
    private readonly scenario: Scenario,
  ) {}

  /** At any moment. */
  moves(): Move[] {
    const { runs, isUnreconciled } = this.system;
    if (!this.scenario.acts || isUnreconciled) return [];
    return [
      ...[...runs.keys()].flatMap((index) => {
        const state = this.stateOf(index);
        if (state !== 'paused' && state !== 'running') return [];
        return [...this.act('stop', index), ...this.act(state === 'paused' ? 'resume' : 'pause', index)];
      }),
      ...this.furtherActs(),
    ];
  }

  /** Two people do something with the same run, or one of its messages, at the same moment. */
  together(): Move[] {
    const moves = this.moves();
    return moves.flatMap((one, index) =>
      moves
        .slice(index + 1)
        .filter(({ name }) => processOf(name) !== processOf(one.name))
        .map((other) => ({
          name: `${one.name}, ${other.name}`,
          run: () => {
            one.run();
            other.run();
          },
        })),
    );
  }

  /** What people do about what did not go well. */
  furtherActs(): Move[] {
    const { tables, runs, isUnreconciled } = this.system;
    if (isUnreconciled) return [];
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
    for (const [number, message] of messages.entries()) {
      const { state } = message;
      if (state === 'uncertain') {
        moves.push(
          ...this.message('treat as sent', number, message),
          ...this.message('send again', number, message),
        );
      }
      if (state === 'sent' || state === 'failed') moves.push(...this.message('resend', number, message));
    }
    return moves;
  }

  /** Whoever wants to start it now may do so. */
  starting(): Move[] {
    const { runs, gateway, isUnreconciled } = this.system;
    if (isUnreconciled) return [];
    return runs.flatMap(({ tenantId }, index) =>
      this.stateOf(index) === 'prepared' && gateway.modeOf(tenantId).mode === 'live'
        ? this.act('start', index)
        : [],
    );
  }

  /** Someone lets a paused run go on. */
  resuming(): Move | undefined {
    const paused = [...this.system.runs.keys()].find((index) => this.stateOf(index) === 'paused');
    return paused === undefined ? undefined : this.act('resume', paused)[0];
  }

  act(name: keyof typeof acts, index: number): Move[] {
    const { tables, runs, people, watcher } = this.system;
    const run = runs[index]!;
    const { runId } = run;
    return this.byPeople(`${name} run ${index}`, async (engine) => {
      const { preparationId } = tables.table('runs').get(runId)!;
      const { firstMessages } = this.scenario;
      const feeding = firstMessages === null ? {} : { firstMessages };
      const expectedMessages = this.scenario.runs[index]!;
      if (name === 'send again all of') people.sendAgainAll(runId);
      if (name === 'treat as sent all of') people.treatAsSentAll(runId);
      if (feedingActs.has(name)) people.letsFeed(runId, firstMessages ?? Infinity);
      try {
        await acts[name](engine, run, { preparationId: preparationId!, expectedMessages, feeding });
        if (!isDecision(name)) watcher.actDone(doneAs(name), runId);
      } catch (error) {
        if (feedingActs.has(name) && error instanceof Refusal) {
          people.letsFeed(runId, -(firstMessages ?? 0));
        }
        throw error;
      }
    });
  }

  /** @param number by which it is known in schedules */
  private message(name: keyof typeof messageActs, number: number, message: MessageRow): Move[] {
    return this.byPeople(`${name} message ${number}`, async (engine) => {
      const { people, watcher } = this.system;
      if (name === 'treat as sent') people.treatAsSent(message.id);
      else people.sendAgain(message.id);
      await messageActs[name](engine, message);
      if (name === 'resend') watcher.actDone(name, message.runId);
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

  stateOf(index: number): string {
    return this.system.tables.table('runs').get(this.system.runs[index]!.runId)!.state;
  }
}

const processOf = (name: string): string => name.slice(0, name.indexOf(':'));

/** Of two people at once, one is told that the run is not what they thought. */
export async function refusable(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

import type { BusMessage, Mode } from '@mailrun/contracts';
import type { ScheduledBus } from '@mailrun/platform-messaging/testing';
import type { InMemoryLedger } from '@mailrun/service-dispatcher/in-memory';
import type { Gate, InMemoryTables, RunRows } from '@mailrun/service-runs/in-memory';
import type { Gateway } from '../gateway.js';
import type { Conversation } from '../mail-server.js';
import type { People } from '../people.js';
import type { SimulatedProcess } from '../process.js';
import type { World } from '../world.js';
import type { Claims } from './claims.js';

/** All that there is to look at. */
export interface Scene {
  readonly world: World;
  readonly ledger: InMemoryLedger;
  readonly tables: InMemoryTables<RunRows>;
  readonly bus: ScheduledBus;
  readonly people: People;
  readonly claims: Claims;
  readonly gateway: Gateway;
}

export type MailRow = InMemoryLedger['rows'] extends Map<string, infer Row> ? Row : never;
export type MessageRow = RunRows['messages'];
export type RunRow = RunRows['runs'];

/** What of a mail changed, as it was. */
export type MailBefore = Pick<MailRow, 'state' | 'revision' | 'token' | 'attempts'>;

/** Something that must hold whatever happens. It tells `world.broken` when it does not. */
export abstract class Rule {
  constructor(protected readonly scene: Scene) {}

  /** A mail of the dispatcher was entered, or changed. */
  mailChanged(_key: string, _before: MailBefore | undefined, _after: MailRow): void {}
  /** A message of runs changed. */
  messageChanged(_before: MessageRow | undefined, _after: MessageRow): void {}
  /** A run changed. */
  runChanged(_before: RunRow | undefined, _after: RunRow): void {}
  /** Someone asked for a round. */
  roundBegun(_round: RunRows['rounds']): void {}
  /** Someone was told that an act is done. */
  actDone(_act: string, _runId: string): void {}
  /** Runs committed something. */
  committed(): void {}
  /** Content is about to be handed over. */
  begins(_conversation: Conversation): void {}
  /** The mail server took a mail for these recipients. */
  accepted(_conversation: Conversation, _recipients: readonly string[]): void {}
  /** Runs was told that a gate is kept. */
  confirmed(_runId: string, _gate: Gate): void {}
  /** An operator was told that nothing of this scope leaves any more. */
  holdTold(_scope: string): void {}
  /** An operator is about to release what was held. */
  releaseBegins(_scope: string): void {}
  /** The dispatcher said that it knows the tenant's mode. */
  modeTold(_tenantId: string, _mode: Mode, _revision: number): void {}
  /** The database says what it said when a backup was made. */
  restored(): void {}
  /** A process that was told to end has ended all that it had begun. */
  leaves(_process: SimulatedProcess): void {}
  /** A record will not be delivered again by itself. */
  consumed(_topic: string, _message: BusMessage): void {}
  /** After each step. */
  afterStep(): void {}
  /** When faults have ceased and everything has come to rest. */
  atEnd(): void {}

  protected broken(message: string): void {
    this.scene.world.broken(this.constructor.name, message);
  }

  protected get acting(): SimulatedProcess | undefined {
    return this.scene.world.acting;
  }
}

/** Whether a mail begins to leave. */
export const isMarked = (before: MailBefore | undefined, { state, attempts }: MailRow): boolean =>
  state === 'transmitting' && attempts > (before?.attempts ?? 0);

export const copyOf = (key: string): number => Number(key.slice(key.lastIndexOf('.') + 1));

/** The message that a mail belongs to. */
export const messageIdOf = (key: string): string => key.slice(0, key.lastIndexOf('.'));

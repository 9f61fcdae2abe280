import {
  dispatchMessage,
  messageOutcome,
  renderMessage,
  runControl,
  topicOf,
  type BusMessage,
  type DispatchMessage,
  type MessageOutcome,
  type RenderMessage,
  type RunControl,
} from '@mailrun/contracts';
import { outgoing } from '@mailrun/platform-messaging';
import { ScheduledBus } from '@mailrun/platform-messaging/testing';
import {
  InMemoryEpochs,
  InMemoryLedger,
  InMemoryMailQueue,
  InMemoryRestoredMails,
  InMemoryServerLimits,
  type MailToAccept,
  type MailQueue,
} from '@mailrun/service-dispatcher/in-memory';
import {
  IdSequence,
  InMemoryCompany,
  InMemoryStores,
  InMemoryTables,
  memoryTenant,
  type RunRef,
  type RunRows,
} from '@mailrun/service-runs/in-memory';
import { backupOf, restore, type Backup } from './backup.js';
import { DispatcherNode, leaseMs, serverKey } from './dispatcher-node.js';
import { Claims } from './invariants/claims.js';
import { SimulatedMarks } from './epoch-marks.js';
import { Gateway } from './gateway.js';
import { rulesOf } from './invariants/index.js';
import type { Scene } from './invariants/rule.js';
import { Watcher } from './invariants/watcher.js';
import { SimulatedMailServer, contentOf } from './mail-server.js';
import { People } from './people.js';
import { SimulatedProcess } from './process.js';
import { RunsNode, SimulatedCalls } from './runs-node.js';
import type { Scenario } from './scenario.js';
import type { World } from './world.js';

/** Parts that a test may spoil, to show that the simulation notices. */
export interface Parts {
  readonly queueOf: (ledger: InMemoryLedger) => MailQueue;
  readonly storesOf: (...given: ConstructorParameters<typeof InMemoryStores>) => InMemoryStores;
  readonly commitsFirst: boolean;
  readonly marksOf: () => SimulatedMarks;
  readonly restoredMailsOf: (ledger: InMemoryLedger) => InMemoryRestoredMails;
}

export const soundParts: Parts = {
  queueOf: (ledger) => new InMemoryMailQueue(ledger),
  storesOf: (...given) => new InMemoryStores(...given),
  commitsFirst: false,
  marksOf: () => new SimulatedMarks(),
  restoredMailsOf: (ledger) => new InMemoryRestoredMails(ledger),
};

export type Role = 'runs' | 'dispatcher' | 'pipeline';

/** One process and what it may be told to do. */
export interface Node {
  readonly role: Role;
  readonly process: SimulatedProcess;
  readonly chores: Readonly<Record<string, () => Promise<unknown>>>;
  readonly consumes: Readonly<Record<string, (batch: readonly BusMessage[]) => Promise<void>>>;
  /** For each batch on hand. */
  readonly takeBack: Set<() => void>;
  readonly runs?: RunsNode;
  readonly dispatcher?: DispatcherNode;
}

const tenantIds = [memoryTenant, '01900000-0000-7000-8000-000000000002'];

export const replicas: Readonly<Record<Role, number>> = { runs: 2, dispatcher: 2, pipeline: 1 };

/** All processes, what they share, and what watches them. */
export class System implements Scene {
  readonly ledger: InMemoryLedger;
  readonly tables: InMemoryTables<RunRows>;
  readonly bus: ScheduledBus;
  readonly people: People;
  readonly watcher: Watcher;
  readonly nodes: Node[] = [];
  readonly claims: Claims;
  readonly tenants: readonly string[];
  readonly gateway = new Gateway();
  readonly epochs: InMemoryEpochs;
  readonly marks: SimulatedMarks;
  /** Keys of mails whose sealed bytes are gone. */
  readonly lostBytes = new Set<string>();
  readonly runs: readonly RunRef[];
  /** Processes of commands. */
  readonly commands: SimulatedProcess[] = [];
  backup: Backup | undefined;
  /** The database was restored, and nobody has reconciled it yet. */
  isUnreconciled = false;
  wasRestored = false;
  private readonly guards: boolean;
  private readonly changesModes: boolean;
  private readonly limits: InMemoryServerLimits;
  private readonly mailServer: SimulatedMailServer;
  private readonly started = new Map<Role, number>();
  private readonly clocks: readonly number[];

  constructor(
    readonly world: World,
    { runs, policy, recipients, clocks, tenants, commands, restores }: Scenario,
    readonly parts: Parts,
  ) {
    const now = () => world.now;
    this.clocks = clocks;
    this.guards = restores;
    this.changesModes = commands;
    this.claims = new Claims(world);
    this.ledger = new InMemoryLedger(now);
    this.tenants = tenantIds.slice(0, Math.min(tenants, runs.length));
    for (const tenant of this.tenants) this.ledger.modes.set(tenant, { mode: 'live', revision: 1 });
    this.epochs = new InMemoryEpochs(now);
    this.marks = parts.marksOf();
    this.limits = new InMemoryServerLimits(now);
    this.tables = new InMemoryTables<RunRows>(now);
    this.people = new People(this.tables);
    this.bus = new ScheduledBus({
      validates: false,
      commitsFirst: parts.commitsFirst,
      onCommitted: ({ topic, message }) => this.watcher.consumed(topic, message),
    });
    this.watcher = new Watcher(this);
    this.watcher.rules = rulesOf(this);
    this.mailServer = new SimulatedMailServer(
      world,
      new SimulatedProcess('mail server', world),
      this.watcher,
    );
    const ids = new IdSequence();
    const companies = this.tenants.map((tenant) => new InMemoryCompany(this.tables, ids, tenant));
    this.runs = runs.map((customers, index) =>
      companies[index % companies.length]!.prepare({
        customers,
        inDoubtPolicy: policy,
        recipients: (n) => addresses(n, recipients),
      }),
    );
    for (const role of Object.keys(replicas) as Role[]) {
      for (let i = 0; i < replicas[role]; i += 1) this.start(role);
    }
  }

  /** Those that take on new work. */
  living(role: Role): Node[] {
    return this.nodes.filter((node) => node.role === role && node.process.isAlive && !node.process.isEnding);
  }

  start(role: Role): Node {
    const number = (this.started.get(role) ?? 0) + 1;
    this.started.set(role, number);
    const process = new SimulatedProcess(`${role}-${number}`, this.world);
    process.skewMs =
      this.clocks[[...this.started.values()].reduce((a, b) => a + b) % this.clocks.length] ?? 0;
    const node = this.make(role, process);
    this.nodes.push(node);
    node.dispatcher?.start();
    return node;
  }

  kill(node: Node): void {
    node.process.kill();
    this.nodes.splice(this.nodes.indexOf(node), 1);
  }

  makeBackup(): void {
    this.backup = backupOf(this);
  }

  /** Everything was stopped, and the database is as it was when the backup was made. */
  restoreBackup(): void {
    for (const node of [...this.nodes]) this.kill(node);
    for (const command of this.commands.splice(0)) command.kill();
    restore(this, this.backup!);
    this.isUnreconciled = true;
    this.wasRestored = true;
    this.watcher.restored();
  }

  /** As on SIGTERM: it takes on nothing more, and goes when what it had begun has ended. */
  tellToEnd({ process, dispatcher }: Node): void {
    process.isEnding = true;
    process.begin('end', async () => {
      await dispatcher!.stop();
      process.hasEnded = true;
    });
  }

  /** It ended by itself. */
  leave(node: Node): void {
    this.watcher.leaves(node.process);
    this.kill(node);
  }

  /** Hands a process the next records of a topic. */
  deliver(node: Node, topic: string, limit: number): void {
    const { process } = node;
    const name = `consume ${topic}`;
    process.busyWith.add(name);
    const { done, takeBack } = this.bus.deliver(topic, limit, (batch) =>
      process.run(async () => {
        try {
          await node.consumes[topic]!(batch);
        } catch (error) {
          this.world.failed(process, name, error);
          throw error;
        }
      }, name),
    );
    node.takeBack.add(takeBack);
    process.onEnd(takeBack);
    void done.then(() => {
      process.busyWith.delete(name);
      node.takeBack.delete(takeBack);
    });
  }

  /** What a process has on hand goes to others, which it does not know: as after a rebalance. */
  takeBack(node: Node): void {
    for (const take of node.takeBack) take();
    node.takeBack.clear();
  }

  /** Time goes by, and connections that stand still in a transaction are cut. */
  pass(ms: number): void {
    for (const { process } of this.nodes) {
      // Leases are renewed when a third of their time is over.
      if (ms > leaseMs / 3 || this.isBehind(process)) process.isPunctual = false;
    }
    this.world.now += ms;
    for (const { runs } of this.nodes) runs?.severIdle();
  }

  /** Whatever could be done is done: who was late is so no more. */
  caughtUp(): void {
    for (const { process } of this.nodes) process.isPunctual = process.state === 'running';
  }

  /** Whether there is anything that it could do now. */
  private isBehind(process: SimulatedProcess): boolean {
    const { parked, timers, now } = this.world;
    return (
      process.state !== 'running' ||
      parked.some((one) => one.process === process && !one.isConversing) ||
      timers.some((one) => one.process === process && one.dueAt <= now)
    );
  }

  /** Until a row is due; what else waits for time is late by then. */
  msToNext(): number {
    const { now } = this.world;
    let next = Infinity;
    const look = (at: number | undefined) => {
      if (at !== undefined && at > now && at < next) next = at;
    };
    for (const { dueAt, leaseUntil } of this.ledger.rows.values()) {
      look(dueAt);
      look(leaseUntil);
    }
    for (const { checkAt } of this.tables.table('watches').values()) look(checkAt);
    return next === Infinity ? 30_000 : Math.ceil(next - now) + 1;
  }

  private make(role: Role, process: SimulatedProcess): Node {
    const takeBack = new Set<() => void>();
    const bus = this.bus.publisher(process.step);
    switch (role) {
      case 'runs': {
        const { tables, watcher, gateway } = this;
        const runs = new RunsNode({
          process,
          tables,
          bus,
          gateway,
          changesModes: this.changesModes,
          restores: this.guards,
          storesOf: this.parts.storesOf,
          dispatcherFor: (caller) => new SimulatedCalls(caller, () => this.answering(), watcher),
        });
        const outcomes = (batch: readonly BusMessage[]) =>
          runs.engine.outcomes.apply(
            batch.map(({ headers: { tenantId }, body }) => ({ tenantId, outcome: body as MessageOutcome })),
          );
        return {
          role,
          process,
          takeBack,
          runs,
          chores: runs.chores,
          consumes: { [topicOf(messageOutcome)]: outcomes },
        };
      }
      case 'dispatcher': {
        const { ledger, limits, mailServer, lostBytes, epochs, marks } = this;
        const { queueOf } = this.parts;
        const dispatcher = new DispatcherNode({
          process,
          ledger,
          limits,
          mailServer,
          lostBytes,
          bus,
          restores: this.guards ? { epochs, marks } : undefined,
          queueOf,
        });
        return {
          role,
          process,
          takeBack,
          dispatcher,
          chores: dispatcher.chores,
          consumes: {
            [topicOf(dispatchMessage)]: async (batch) => {
              await dispatcher.acceptMails.accept(batch.map(fedMail));
            },
            [topicOf(runControl)]: async (batch) => {
              for (const { headers, body } of batch) {
                await dispatcher.applyGate.apply({ tenantId: headers.tenantId, ...(body as RunControl) });
              }
            },
          },
        };
      }
      case 'pipeline':
        // Rendering and packaging keep nothing: a record comes in, and another one goes out.
        return {
          role,
          process,
          takeBack,
          chores: {},
          consumes: {
            [topicOf(renderMessage)]: async (batch) => {
              const made = [];
              for (const message of batch) made.push(await this.seal(process, message));
              await bus.publish(made);
            },
          },
        };
    }
  }

  private async seal(process: SimulatedProcess, { headers, body }: BusMessage) {
    const { messageId, copy, recipients } = body as RenderMessage;
    const key = `${messageId}.${copy}`;
    const does = await this.world.choose(process, `makes ${key}`, ['a mail', 'nothing of it'] as const);
    const { producedAt: _, ...onward } = headers;
    const bytes = contentOf(key);
    const content: DispatchMessage['content'] =
      does === 'nothing of it'
        ? { kind: 'refused', failure: { code: 'render.failed', detail: 'It failed.', stage: 'render' } }
        : {
            kind: 'sealed',
            transport: 'smtp',
            serverKey,
            fromKey: 'billing',
            inDoubtPolicy: this.tables.table('runs').get(headers.runId!)!.inDoubtPolicy!,
            messageIdHeader: `<${key}@x.test>`,
            subject: 'Invoice',
            envelopeFrom: 'billing@x.test',
            recipients: recipients.map(({ kind, address }) => ({ kind, address })),
            sha256: 'a'.repeat(64),
            sizeBytes: bytes.length,
            bytes: { inline: bytes.toString('latin1') },
          };
    return outgoing(dispatchMessage, onward, { messageId, copy, content });
  }

  /** Whoever the load balancer finds; one that is paused answers nobody, but is found. */
  private answering(): DispatcherNode | undefined {
    const living = this.nodes.filter(({ role, process }) => role === 'dispatcher' && !process.hasEnded);
    return living[this.world.random.below(living.length)]?.dispatcher;
  }
}

const addresses = (customer: number, count: number): RenderMessage['recipients'] =>
  (['to', 'cc'] as const)
    .slice(0, customer === 0 ? count : 1)
    .map((kind) => ({ kind, address: `${kind}${customer}@y.test` }));

function fedMail({ headers, body }: BusMessage): MailToAccept {
  const { tenantId, runId, round, mode, fedAt } = headers;
  const { messageId, copy, content } = body as DispatchMessage;
  const fed = fedAt === undefined ? {} : { fedAt: new Date(fedAt) };
  const known = { tenantId, runId: runId!, round: round!, mode, messageId, copy, ...fed };
  if (content.kind === 'refused') return { ...known, content: { kind: 'refused', reply: content.failure } };
  const { transport: _, bytes, ...sealed } = content;
  const inline = 'inline' in bytes ? { inline: Buffer.from(bytes.inline, 'latin1') } : bytes;
  return { ...known, content: { ...sealed, bytes: inline } };
}

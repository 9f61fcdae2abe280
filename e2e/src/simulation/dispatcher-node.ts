import type { MessageBus } from '@mailrun/platform-messaging';
import {
  AcceptMails,
  AnswerOutcomes,
  ApplyGate,
  DecideCopies,
  DispatchMails,
  DispatchOptions,
  EndCopies,
  GuardRestore,
  InMemoryHolds,
  InMemoryMailDecisions,
  InMemoryMailIntake,
  InMemoryOutcomeStore,
  InMemoryRunGates,
  MessageServers,
  NoObserver,
  PublishOutcomes,
  RecoverMails,
  SealedContents,
  SealedMailLost,
  type EpochMarks,
  type InMemoryEpochs,
  type InMemoryLedger,
  type InMemoryServerLimits,
  type MailQueue,
  type SealedBytes,
  type ServerSettings,
} from '@mailrun/service-dispatcher/in-memory';
import type { SimulatedMailServer } from './mail-server.js';
import type { SimulatedProcess } from './process.js';
import { stepped } from './stepped.js';

export const serverKey = 'main';
export const maxConnections = 2;

/** Nothing is looked at again before that time, unless someone says so: the world is who polls. */
const neverMs = 1e9;
export const leaseMs = 60_000;

const reads = new Set(['waitingRuns', 'current', 'untold', 'uncertain', 'newest', 'list']);
const isReading = (method: string): boolean => reads.has(method);

export interface DispatcherParts {
  readonly process: SimulatedProcess;
  readonly ledger: InMemoryLedger;
  readonly limits: InMemoryServerLimits;
  readonly mailServer: SimulatedMailServer;
  /** Keys of mails whose sealed bytes are gone. */
  readonly lostBytes: ReadonlySet<string>;
  readonly bus: MessageBus;
  /** Where the database may be restored: by what that is noticed. */
  readonly restores: { readonly epochs: InMemoryEpochs; readonly marks: EpochMarks } | undefined;
  /** The queue of this process, or a spoilt one. */
  readonly queueOf: (ledger: InMemoryLedger) => MailQueue;
}

/** One process of the dispatcher: its use cases and send loops as they are, over one ledger that all share. */
export class DispatcherNode {
  readonly process: SimulatedProcess;
  private isGuarded = false;
  readonly acceptMails: AcceptMails;
  readonly applyGate: ApplyGate;
  readonly answerOutcomes: AnswerOutcomes;
  readonly endCopies: EndCopies;
  readonly decideCopies: DecideCopies;
  /** What its schedule does from time to time. */
  readonly chores: Readonly<Record<string, () => Promise<unknown>>>;
  private readonly dispatch: DispatchMails;
  private readonly guard: GuardRestore | undefined;

  constructor({ process, ledger, limits, mailServer, lostBytes, bus, restores, queueOf }: DispatcherParts) {
    this.process = process;
    const { step } = process;
    const observer = new FailingObserver(process);
    const queue = stepped(queueOf(ledger), 'queue', step, isReading);
    const outcomes = stepped(new InMemoryOutcomeStore(ledger), 'outcomes', step, isReading);
    const intake = stepped(new InMemoryMailIntake(ledger), 'intake', step);
    const decisions = stepped(new InMemoryMailDecisions(ledger), 'decisions', step, isReading);
    const gates = stepped(new InMemoryRunGates(ledger), 'gates', step);
    const contents = new SimulatedContents(step, lostBytes);
    const publisher = new PublishOutcomes(bus, outcomes, observer);
    this.dispatch = new DispatchMails(
      queue,
      new OneServer(),
      mailServer.connectionsOf(process),
      contents,
      stepped(limits, 'limits', step),
      publisher,
      new DispatchOptions({ leaseMs, pollMs: neverMs }),
      observer,
    );
    // A random name decides who gets which share of connections: the same seed must give the same shares.
    Object.assign(this.dispatch, { holder: process.name });
    this.acceptMails = new AcceptMails(intake, publisher, this.dispatch, observer);
    this.applyGate = new ApplyGate(gates, publisher, observer);
    this.answerOutcomes = new AnswerOutcomes(outcomes);
    this.endCopies = new EndCopies(intake);
    this.decideCopies = new DecideCopies(decisions, outcomes, contents, publisher, this.dispatch);
    const recovering = new RecoverMails(queue, publisher, this.dispatch, observer, new DispatchOptions());
    const holds = stepped(new InMemoryHolds(ledger.holds), 'holds', step, isReading);
    this.guard =
      restores &&
      new GuardRestore(
        stepped(restores.epochs, 'epochs', step, isReading),
        stepped(restores.marks, 'marks', step, isReading),
        holds,
      );
    this.chores = {
      ...(restores ? { guard: () => this.lookForRestore() } : {}),
      poll: async () => this.dispatch.wake(),
      recover: () => recovering.recover(),
      'sweep stopped': () => this.applyGate.sweep(),
      'sweep outbox': () => publisher.sweep(10_000),
    };
  }

  start(): void {
    if (this.guard) this.process.raised.add('guard');
    else this.process.run(() => this.dispatch.start());
  }

  /** Nothing is claimed before it is known that the database is not older than what left. */
  private async lookForRestore(): Promise<void> {
    const isStarted = this.isGuarded;
    try {
      await this.guard!.look();
      this.isGuarded = true;
    } finally {
      if (!this.isGuarded) this.process.raised.add('guard');
    }
    if (!isStarted && !this.process.isEnding) this.process.run(() => this.dispatch.start());
  }

  /** As on SIGTERM: what was begun ends, the rest is given back. */
  stop(): Promise<void> {
    return this.dispatch.stop();
  }
}

const settings = (tenantId: string): ServerSettings => ({
  tenantId,
  serverKey,
  version: 1,
  host: 'mail.test',
  port: 25,
  tls: 'none',
  verifyCertificate: false,
  maxConnections,
});

class OneServer extends MessageServers {
  async find(tenantId: string): Promise<ServerSettings> {
    return settings(tenantId);
  }

  async findSender(): Promise<undefined> {}
}

class SimulatedContents extends SealedContents {
  constructor(
    private readonly step: (name: string) => Promise<void>,
    private readonly lost: ReadonlySet<string>,
  ) {
    super();
  }

  async open(bytes: SealedBytes): Promise<Buffer> {
    await this.step('contents.open');
    const content = 'inline' in bytes ? bytes.inline : Buffer.from(bytes.blob.key);
    if (this.lost.has(content.toString())) throw new SealedMailLost('The sealed mail is gone.');
    return content;
  }

  async find(): Promise<undefined> {}
}

/** Loops of the dispatcher go on after every fault; one that is no outage is a fault of the program. */
class FailingObserver extends NoObserver {
  constructor(private readonly process: SimulatedProcess) {
    super();
  }

  override loopFailed({ loop, error }: { readonly loop: string; readonly error: unknown }): void {
    this.process.world.failed(this.process, loop, error);
  }
}

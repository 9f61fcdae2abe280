import { RecordingBus } from '@mailrun/platform-messaging/testing';
import { DispatchMails } from '../application/dispatch-mails/dispatch-mails.js';
import { DispatchOptions } from '../application/dispatch-mails/dispatch-options.js';
import { NoObserver } from '../application/ports/dispatch-observer.port.js';
import {
  ConnectError,
  MailConnections,
  type MailConnection,
} from '../application/ports/mail-connections.port.js';
import { MessageServers } from '../application/ports/message-servers.port.js';
import { SealedContents } from '../application/ports/sealed-contents.port.js';
import { PublishOutcomes } from '../application/publish-outcomes/publish-outcomes.js';
import type { ServerReply, Transmission } from '../domain/conversation.js';
import type { ServerSettings } from '../domain/server-settings.js';
import {
  InMemoryLedger,
  InMemoryMailIntake,
  InMemoryMailQueue,
  InMemoryOutcomeStore,
  InMemoryTenantModes,
} from './in-memory-ledger.js';
import { InMemoryServerLimits } from './in-memory-server-limits.js';
import { mailToAccept, newId } from './mail-to-accept.builder.js';

/** A mail server in memory, and what it saw. */
export class SimulatedServer {
  /** When each mail was handed over, in milliseconds of the clock. */
  readonly mails: number[] = [];
  /** Connections tried, taken or not. */
  readonly attempts: { readonly at: number; readonly isProbe: boolean }[] = [];
  open = 0;
  mostOpen = 0;
  isAway = false;
  /** What it answers a login; undefined lets in. */
  login: ((settings: ServerSettings) => ServerReply | undefined) | undefined;
  /** What it answers a mail; undefined takes it. */
  answer: (() => ServerReply | undefined) | undefined;
  connectMs = 80;
  answerMs = 40;

  /** Mails within any window of this length, beginning with a mail: the most, and the times of all that begin later. */
  mostWithin(windowMs: number, from = 0): number {
    const times = this.mails.filter((at) => at >= from);
    let most = 0;
    for (let first = 0, last = 0; first < times.length; first += 1) {
      while (last < times.length && times[last]! < times[first]! + windowMs) last += 1;
      most = Math.max(most, last - first);
    }
    return most;
  }

  countBetween(from: number, to: number): number {
    return this.mails.filter((at) => at >= from && at < to).length;
  }
}

class SimulatedServers extends MessageServers {
  constructor(private readonly settings: { current: ServerSettings }) {
    super();
  }
  async find(_: string, serverKey: string): Promise<ServerSettings> {
    return { ...this.settings.current, serverKey };
  }
  async findSender(): Promise<undefined> {
    return undefined;
  }
}

class NoContents extends SealedContents {
  async open(): Promise<Buffer> {
    return Buffer.from('x');
  }
  async find(): Promise<undefined> {
    return undefined;
  }
}

const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
const never = () => new Promise<never>(() => undefined);

/** A process that can be killed: from then on nothing that it calls happens or answers. */
class Process {
  isDead = false;
  /** Its sockets, closed by the operating system when it dies. */
  readonly closes = new Set<() => void>();

  kill(): void {
    this.isDead = true;
    for (const close of this.closes) close();
  }

  /** The same port, as this process sees it: behind a network that takes a moment. */
  reach<Port extends object>(port: Port, delayMs: () => number): Port {
    return new Proxy(port, {
      get: (target, name, receiver) => {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]): Promise<unknown> => {
          if (this.isDead) return never();
          await wait(delayMs());
          if (this.isDead) return never();
          const answer: unknown = await (value as (...of: unknown[]) => unknown).apply(target, given);
          await wait(delayMs());
          return this.isDead ? never() : answer;
        };
      },
    });
  }
}

class SimulatedConnections extends MailConnections {
  constructor(
    private readonly server: SimulatedServer,
    private readonly process: Process,
  ) {
    super();
  }

  async open(settings: ServerSettings, isProbe = false): Promise<MailConnection> {
    const { server, process } = this;
    if (process.isDead) return never();
    server.attempts.push({ at: Date.now(), isProbe });
    const isAway = server.isAway;
    if (!isAway) {
      server.open += 1;
      server.mostOpen = Math.max(server.mostOpen, server.open);
    }
    let isOpen = !isAway;
    const close = () => {
      if (isOpen) server.open -= 1;
      isOpen = false;
      process.closes.delete(close);
    };
    process.closes.add(close);
    await wait(server.connectMs);
    const refusal = server.login?.(settings);
    if (isAway || refusal) {
      close();
      throw new ConnectError(
        refusal && !isAway
          ? { stage: 'auth', cause: 'reply', detail: refusal.text, reply: refusal }
          : { stage: 'connect', cause: 'connection-refused', detail: 'refused' },
      );
    }
    let isPromised = false;
    return {
      get isUsable() {
        return isOpen;
      },
      takesAhead: true,
      get isPromised() {
        return isPromised;
      },
      transmit: (_mail, next) => {
        isPromised = next !== undefined;
        return this.transmit(close);
      },
      close,
    };
  }

  async openWithTranscript(): Promise<MailConnection> {
    return Promise.reject(new Error('Nobody asks for it here.'));
  }

  private async transmit(close: () => void): Promise<Transmission> {
    const { server, process } = this;
    if (process.isDead) return never();
    if (server.isAway) {
      close();
      return { ended: 'broken', stage: 'mail', cause: 'connection-lost', detail: 'lost', refused: [] };
    }
    server.mails.push(Date.now());
    await wait(server.answerMs);
    if (process.isDead) return never();
    const reply = server.answer?.();
    if (!reply) return { ended: 'accepted', reply: { smtpCode: 250, text: 'ok' }, refused: [] };
    if (reply.smtpCode === 421) close();
    return { ended: 'refused', stage: 'after-dot', reply, refused: [] };
  }
}

/** Seeded, so that a run can be repeated (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Replicas of the dispatcher's send loops, as they are, on tables, limits and a mail server in memory. Time is that of
 * the timers: with fake ones an hour takes seconds.
 */
export class Replicas {
  readonly server = new SimulatedServer();
  readonly ledger = new InMemoryLedger();
  readonly limits: InMemoryServerLimits;
  readonly tenantId = newId();
  readonly runId = newId();
  private readonly settings: { current: ServerSettings };
  private readonly random: () => number;
  private readonly running: { readonly process: Process; readonly dispatch: DispatchMails }[] = [];

  constructor(settings: Partial<ServerSettings> = {}, seed = 1) {
    this.random = randomFrom(seed);
    this.limits = new InMemoryServerLimits(Date.now, this.random);
    this.settings = {
      current: {
        tenantId: this.tenantId,
        serverKey: 'main',
        version: 1,
        host: 'mail.x.test',
        port: 25,
        tls: 'none',
        verifyCertificate: true,
        maxConnections: 8,
        ...settings,
      },
    };
  }

  configure(changes: Partial<ServerSettings>): void {
    const { current } = this.settings;
    this.settings.current = { ...current, version: current.version + 1, ...changes };
  }

  /** @param serverKey they all lead to the one server */
  async feed(mails: number, serverKey = 'main'): Promise<void> {
    const { tenantId, runId, ledger } = this;
    await new InMemoryTenantModes(ledger).put(tenantId, 'live', 1);
    const all = Array.from({ length: mails }, () => mailToAccept({ tenantId, runId, sealed: { serverKey } }));
    await new InMemoryMailIntake(ledger).accept(all);
  }

  start(count: number): void {
    for (let i = 0; i < count; i += 1) this.startOne();
  }

  kill(which: number): void {
    this.running[which]!.process.kill();
  }

  /** Resolves when what it had begun has ended. */
  async end(which: number): Promise<void> {
    await this.running[which]!.dispatch.stop();
  }

  async stop(): Promise<void> {
    const living = this.running.filter(({ process }) => !process.isDead);
    await Promise.all(living.map(({ dispatch }) => dispatch.stop()));
  }

  /** How many mails are in this state. */
  countOf(state: string): number {
    return [...this.ledger.rows.values()].filter((row) => row.state === state).length;
  }

  private startOne(): void {
    const { ledger, limits, server, settings, random } = this;
    const process = new Process();
    const delayMs = () => 1 + random() * 15;
    const observer = new NoObserver();
    const dispatch = new DispatchMails(
      process.reach(new InMemoryMailQueue(ledger), delayMs),
      new SimulatedServers(settings),
      new SimulatedConnections(server, process),
      new NoContents(),
      process.reach(limits, delayMs),
      new PublishOutcomes(new RecordingBus(), new InMemoryOutcomeStore(ledger), observer),
      new DispatchOptions(),
      observer,
    );
    dispatch.start();
    this.running.push({ process, dispatch });
  }
}

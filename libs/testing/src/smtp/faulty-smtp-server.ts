import type net from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  SMTPServer,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server';
import { freePort } from '../net/free-port.js';
import type { SmtpFault, SmtpFaultPlan, SmtpMoment, SmtpStage } from './smtp-fault.js';
import { SmtpLedger, type ReceivedMail } from './smtp-ledger.js';
import { localhostCertificate } from './test-certificates.js';

export interface FaultySmtpServerOptions {
  /** TLS from the first byte, offered by STARTTLS, or not at all (the default). */
  readonly tls?: 'implicit' | 'starttls' | 'none';
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** The only user that may log in; without it the server asks for no login. */
  readonly credentials?: { readonly user: string; readonly password: string };
  readonly pipelining?: boolean;
  /** Announced by the SIZE extension. */
  readonly maxSizeBytes?: number;
  /** Keeps each mail's bytes in the ledger (the default); off for large numbers. */
  readonly keepsContent?: boolean;
  readonly plan?: SmtpFaultPlan;
  /** Connections on which nothing happens are closed (421) after this time; a minute where left out. */
  readonly idleTimeoutMs?: number;
  readonly port?: number;
}

/** The parts of smtp-server's connection that a fault needs; they are not in its types. */
interface Connection {
  _socket: net.Socket;
  send(code: number, data: unknown, context?: unknown): void;
  _onCommand(command: unknown, callback?: () => void): void;
  close(): void;
}

const stageOfCommand: Record<string, SmtpStage> = {
  HELO: 'ehlo',
  EHLO: 'ehlo',
  STARTTLS: 'starttls',
  AUTH: 'auth',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
};

/**
 * A real SMTP server (npm smtp-server) that can misbehave at every stage, and keeps a ledger of what it received
 * and answered. Mails sent to it are accepted unless the plan or a queued fault says otherwise.
 */
export class FaultySmtpServer {
  readonly host = '127.0.0.1';
  readonly ledger: SmtpLedger;
  /** Asked at each moment for which no fault is queued. */
  plan: SmtpFaultPlan | undefined;
  private readonly queued: { stage: SmtpStage; fault: SmtpFault; left: number }[] = [];
  private mails = 0;
  /** By smtp-server's session id. */
  private readonly sessions = new Map<string, { number: number; mail: number; connection: Connection }>();
  private readonly sockets = new Set<net.Socket>();

  private constructor(
    private readonly server: SMTPServer,
    readonly port: number,
    options: FaultySmtpServerOptions,
  ) {
    this.ledger = new SmtpLedger(options.keepsContent ?? true);
    this.plan = options.plan;
  }

  static async start(options: FaultySmtpServerOptions = {}): Promise<FaultySmtpServer> {
    const { tls = 'none', certificate = localhostCertificate, credentials, pipelining = true } = options;
    const self: { harness?: FaultySmtpServer } = {};
    const serverOptions: SMTPServerOptions = {
      name: 'mail.example',
      banner: 'ready',
      secure: tls === 'implicit',
      ...(tls === 'none' ? {} : certificate),
      disabledCommands: [...(tls === 'starttls' ? [] : ['STARTTLS']), ...(credentials ? [] : ['AUTH'])],
      hidePIPELINING: !pipelining,
      hideSMTPUTF8: false,
      allowInsecureAuth: true,
      authOptional: false,
      disableReverseLookup: true,
      closeTimeout: 50,
      logger: false,
      ...(options.idleTimeoutMs === undefined ? {} : { socketTimeout: options.idleTimeoutMs }),
      ...(options.maxSizeBytes === undefined ? {} : { size: options.maxSizeBytes }),
      onAuth: (auth, _session, callback) => {
        if (auth.username === credentials?.user && auth.password === credentials?.password) {
          callback(null, { user: auth.username });
        } else {
          callback(null, { responseCode: 535, message: '5.7.8 Error: authentication failed' });
        }
      },
      onData: (stream, session, callback) => self.harness!.take(stream, session, callback),
    };
    const server = new SMTPServer(serverOptions);
    server.on('error', () => undefined); // a broken conversation is what this server is for
    const port = options.port ?? (await freePort());
    const harness = new FaultySmtpServer(server, port, options);
    self.harness = harness;
    harness.watchConnections();
    server.server.on('connection', (socket: net.Socket) => {
      harness.sockets.add(socket);
      socket.once('close', () => harness.sockets.delete(socket));
    });
    const listening = once(server.server, 'listening');
    server.listen(port, harness.host);
    await listening;
    return harness;
  }

  /** The next `times` moments of this stage go wrong in this way. */
  failNext(stage: SmtpStage, fault: SmtpFault, times = 1): void {
    this.queued.push({ stage, fault, left: times });
  }

  /** Resets every open connection at once, as a crash of the mail server would. */
  resetConnections(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** From now on nobody listens: connections are refused, and those that are open are reset. */
  async down(): Promise<void> {
    const closed = once(this.server.server, 'close');
    this.server.server.close();
    this.resetConnections();
    await closed;
  }

  /** Listens again, on the same port. */
  async up(): Promise<void> {
    const listening = once(this.server.server, 'listening');
    this.server.server.listen(this.port, this.host);
    await listening;
  }

  /** For connections that are opened from now on. */
  useCertificate(certificate: { readonly cert: string; readonly key: string }): void {
    this.server.updateSecureContext(certificate);
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      for (const socket of this.sockets) socket.destroy();
    });
  }

  private sessionOf(session: SMTPServerSession) {
    return this.sessions.get(session.id)!;
  }

  private faultAt(moment: SmtpMoment): SmtpFault | undefined {
    const queued = this.queued.find(({ stage, left }) => stage === moment.stage && left > 0);
    if (!queued) return this.plan?.(moment);
    queued.left -= 1;
    return queued.fault;
  }

  /** smtp-server has no hook for every reply, so the two methods that all traffic passes are wrapped. */
  private watchConnections(): void {
    const { server } = this;
    const connect = server.connect.bind(server);
    server.connect = (socket, socketOptions) => {
      const number = this.ledger.opened();
      socket.once('close', () => this.ledger.closed());
      const known = new Set(server.connections);
      connect(socket, socketOptions);
      for (const connection of server.connections) {
        if (!known.has(connection)) this.watch(connection as unknown as Connection, connection.id, number);
      }
    };
  }

  private watch(connection: Connection, id: string, number: number): void {
    const state = { number, mail: 0, connection };
    this.sessions.set(id, state);
    connection._socket.once('close', () => this.sessions.delete(id));
    let stage: SmtpStage = 'connect';
    let recipients: string[] = [];
    let envelopeFrom: string | undefined;

    /** For the answer to the command under way: one that changes only how the normal answer is given. */
    let manner: SmtpFault | undefined;
    /** Resolves when the answer under way is out: what a client sent ahead (pipelining) is answered after it. */
    let answered: Promise<void> = Promise.resolve();
    let isAnswering = false;

    const momentAt = (at: SmtpStage): SmtpMoment => ({
      stage: at,
      connection: number,
      mail: state.mail,
      recipients,
      ...(envelopeFrom === undefined ? {} : { envelopeFrom }),
    });
    const send = connection.send.bind(connection);

    const onCommand = connection._onCommand.bind(connection);
    connection._onCommand = (command, callback) => {
      if (isAnswering) void answered.then(() => take(command, callback));
      else take(command, callback);
    };
    const take = (command: unknown, callback?: () => void) => {
      const line = String(command);
      const word = line.split(' ', 1)[0]!.toUpperCase();
      // A line of an AUTH exchange is no command: the stage stays.
      stage = stageOfCommand[word] ?? stage;
      const address = /:\s*<([^>]*)>/.exec(line)?.[1];
      if (stage === 'mail') {
        this.mails += 1;
        state.mail = this.mails;
        envelopeFrom = address;
        recipients = [];
      }
      if (stage === 'rcpt') recipients = address === undefined ? [] : [address];
      manner = undefined;
      if (!stageOfCommand[word]) {
        onCommand(command, callback);
        return;
      }
      const fault = this.faultAt(momentAt(stage));
      if (!fault || fault.kind === 'delay' || fault.kind === 'slow') {
        manner = fault;
        onCommand(command, () => void answered.then(callback));
        return;
      }
      // The command is not carried out, so that the server's own state fits what it answered.
      void answer(connection, fault, (code, text) => send(code!, text, false));
      if (fault.kind === 'reply' || fault.kind === 'raw') callback?.();
    };

    connection.send = (code, data, context) => {
      const isFinal = stage === 'content';
      const at: SmtpStage = isFinal ? 'final' : stage;
      if (stage === 'data' && code === 354) stage = 'content';
      else if (isFinal) stage = 'data';
      const fault = at === 'connect' || isFinal ? this.faultAt(momentAt(at)) : manner;
      const give = (otherCode?: number, text?: string) => {
        if (otherCode === undefined) send(code, data, context);
        else send(otherCode, text, false);
        const mail = this.pendingAnswers.get(connection);
        if (!isFinal || !mail) return;
        this.pendingAnswers.delete(connection);
        this.ledger.answered(mail, otherCode ?? code);
      };
      if (!fault) {
        give();
        return;
      }
      isAnswering = true;
      answered = answer(connection, fault, give).then(() => {
        // Who says nothing more has nothing to say to what follows either.
        if (fault.kind === 'hang') return new Promise(() => undefined);
        isAnswering = false;
        return undefined;
      });
    };
  }

  /** Mails whose final answer is still to be given, by connection. */
  private readonly pendingAnswers = new Map<Connection, ReceivedMail>();

  private take(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    callback: (error?: Error | null) => void,
  ): void {
    const { number, mail, connection } = this.sessionOf(session);
    const envelopeFrom = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
    const recipients = session.envelope.rcptTo.map(({ address }) => address);
    const chunks: Buffer[] = [];
    let first = true;
    let isGivenUp = false;
    stream.on('data', (chunk: Buffer) => {
      if (first) {
        first = false;
        const fault = this.faultAt({ stage: 'content', connection: number, mail, envelopeFrom, recipients });
        if (fault) {
          isGivenUp = true;
          if (fault.kind === 'hang') stream.pause();
          else void answer(connection, fault, () => undefined);
        }
      }
      if (!isGivenUp) chunks.push(chunk);
    });
    stream.on('end', () => {
      // The rest came together with what the server broke down at.
      if (isGivenUp) return;
      const bytes = Buffer.concat(chunks);
      this.pendingAnswers.set(
        connection,
        this.ledger.received({ connection: number, envelopeFrom, recipients, bytes }),
      );
      callback();
    });
  }
}

/** Does what the fault says; `normal` gives the usual answer, or the code and text named. Resolves when that is done. */
async function answer(
  connection: Connection,
  fault: SmtpFault,
  normal: (otherCode?: number, text?: string) => void,
): Promise<void> {
  const socket = connection._socket;
  switch (fault.kind) {
    case 'reply':
      normal(fault.code, fault.text);
      if (fault.thenClose) connection.close();
      return;
    case 'raw':
      socket.write(fault.bytes);
      return;
    case 'hang':
      return;
    case 'close':
      socket.end();
      return;
    case 'reset':
      if ('resetAndDestroy' in socket) socket.resetAndDestroy();
      return;
    case 'delay':
      await delay(fault.delayMs, undefined, { ref: false });
      normal();
      return;
    case 'slow': {
      const write = socket.write;
      const pieces: string[] = [];
      socket.write = ((text: string) => pieces.push(text) > 0) as typeof socket.write;
      normal();
      socket.write = write;
      for (const byte of Buffer.from(pieces.join(''))) {
        await delay(fault.delayMs, undefined, { ref: false });
        if (socket.destroyed) return;
        socket.write(Buffer.of(byte));
      }
      return;
    }
  }
}

import { NoObserver, openBareDispatcher } from '@mailrun/service-dispatcher';
import { SmtpSink } from '@mailrun/testing';
import { PlainDispatch } from '../baselines/plain-dispatch.js';
import { PlainLedger } from '../baselines/plain-ledger.js';
import { pooledSendMail } from '../baselines/pooled-send-mail.js';
import { invoiceDocument } from '../content/documents.js';
import { smallHtml, subject } from '../content/mail-texts.js';
import type { Benchmark, BenchmarkOptions, Comparison } from '../frame/benchmark.js';
import { bestOfRounds, cpuDetails, measure, type Measured } from '../frame/measure.js';
import type { Place } from '../frame/place.js';
import { ownProcessorMs, processorMsOf } from '../frame/processor-time.js';
import { CountingBus } from '../system/counting-bus.js';
import { fillLedger, sealedBytes } from '../system/filled-ledger.js';
import { startPostgres, type BenchPostgres } from '../system/postgres.js';

interface Kind {
  readonly name: string;
  readonly documentBytes: number;
  readonly mails: number;
}

const kinds: readonly Kind[] = [
  // Fewer leave within a second, most of which is the beginning.
  { name: 'tiny', documentBytes: 0, mails: 20_000 },
  { name: '50 kB', documentBytes: 50_000, mails: 1500 },
];
const usualConnections = [20, 50, 100];
const target = 2;
/** With as many connections the database is no longer what is waited for. */
const manyConnections = { connections: 100, target: 2.3 };
const floorTarget = 0.7;
/** For each mail. */
const mostStatements = 0.3;
const rounds = 2;

/**
 * The dispatcher alone, its mails accepted already, against pooled `sendMail` which also composes them; and, small mails,
 * against the least that a durable row for every mail can cost.
 */
export const transmit: Benchmark = {
  name: 'transmit',
  what: 'the dispatcher alone: claim, mark, send, settle, outbox; against pooled sendMail and a plain ledger',
  deadlineMinutes: 15,
  run: async (options, place) => {
    const comparisons: Comparison[] = [];
    for (const kind of kinds) {
      for (const connections of options.connections ?? usualConnections) {
        comparisons.push(...(await compare(kind, connections, options, place)));
      }
    }
    return comparisons;
  },
};

async function compare(
  kind: Kind,
  connections: number,
  options: BenchmarkOptions,
  place: Place,
): Promise<Comparison[]> {
  const mails = options.size ?? kind.mails;
  const sink = await SmtpSink.start();
  place.atEnd(() => sink.stop());
  const document = kind.documentBytes > 0 ? invoiceDocument(kind.documentBytes) : undefined;
  const work = { mails, connections, document, sink };
  const loop = () =>
    pooledSendMail({
      host: sink.host,
      port: sink.port,
      mails,
      connections,
      subject,
      html: smallHtml,
      ...(document !== undefined && { document: () => document }),
    });
  const best = await bestOfRounds(rounds, {
    loop,
    dispatcher: () => dispatched(work, place),
    // Large mails are no rows of a table.
    ...(document === undefined && { floor: () => plainlyDispatched(work, place) }),
  });
  await sink.stop();
  const name = `transmit, ${kind.name}, ${connections} connections`;
  const measured = { unit: 'mails/s', measured: best.dispatcher.perSecond, better: 'more' } as const;
  const details = { mails, ...cpuDetails('dispatcher', best.dispatcher) };
  const isMany = document === undefined && connections >= manyConnections.connections;
  return [
    {
      ...measured,
      name,
      baseline: best.loop.perSecond,
      target: isMany ? manyConnections.target : target,
      details: { ...details, ...cpuDetails('sendMail', best.loop) },
    },
    ...(best.floor === undefined
      ? []
      : [
          {
            ...measured,
            name: `${name}, against a plain ledger`,
            baseline: best.floor.perSecond,
            target: floorTarget,
            details: cpuDetails('plain ledger', best.floor),
          },
        ]),
    ...(document === undefined
      ? [
          {
            name: `${name}, PostgreSQL statements for each mail`,
            unit: 'statements',
            baseline: 1,
            measured: best.dispatcher.counted['statements']!,
            better: 'less' as const,
            target: mostStatements,
          },
        ]
      : []),
  ];
}

export interface Work {
  readonly mails: number;
  readonly connections: number;
  readonly document: Buffer | undefined;
  readonly sink: { readonly host: string; readonly port: number; readonly pid: number };
}

/** Mails that were accepted already go out over so many connections. */
export async function dispatched(
  { mails, connections, document, sink }: Work,
  place: Place,
): Promise<Measured> {
  const postgres = await startPostgres(place, { countsStatements: true });
  const { tenantId, service, blobs, drop } = await fillLedger(place, {
    mails,
    bytes: await sealedBytes(document),
  });
  const bus = new CountingBus(mails);
  const server = {
    tenantId,
    serverKey: 'main',
    version: 1,
    host: sink.host,
    port: sink.port,
    tls: 'none',
    verifyCertificate: true,
    maxConnections: connections,
  } as const;
  const dispatcher = openBareDispatcher({
    database: service.database,
    blobs,
    bus,
    servers: { find: () => Promise.resolve(server), findSender: () => Promise.resolve(undefined) },
    observer: new FaultObserver((error) => bus.fail(error)),
  });
  const measured = await measure(
    mails,
    async () => {
      dispatcher.dispatch.start();
      await bus.allSent;
    },
    ...watched(postgres, sink),
  );
  await dispatcher.dispatch.stop();
  await drop();
  await postgres.stop();
  return measured;
}

/** The same mails from the plain ledger. */
export async function plainlyDispatched(
  { mails, connections, document, sink }: Work,
  place: Place,
): Promise<Measured> {
  const postgres = await startPostgres(place, { countsStatements: true });
  const ledger = await PlainLedger.create(postgres.url);
  await ledger.fill(mails, {
    sender: 'billing@company.test',
    recipient: 'customer@customers.test',
    bytes: await sealedBytes(document),
  });
  const dispatch = new PlainDispatch(ledger, { host: sink.host, port: sink.port, connections });
  const measured = await measure(mails, () => dispatch.sendAll(), ...watched(postgres, sink));
  if (dispatch.settled !== mails) throw new Error(`${dispatch.settled} of ${mails} mails were settled.`);
  await ledger.drop();
  await postgres.stop();
  return measured;
}

const watched = (postgres: BenchPostgres, { pid }: Work['sink']) =>
  [
    { 'Node.js': ownProcessorMs, PostgreSQL: postgres.processorMs, 'smtp-sink': () => processorMsOf(pid) },
    { statements: postgres.statements, 'bytes of write-ahead log': postgres.logBytes },
  ] as const;

/** A fault is the end of the measurement. */
class FaultObserver extends NoObserver {
  constructor(private readonly fail: (error: unknown) => void) {
    super();
  }

  override loopFailed({ error }: { readonly error: unknown }): void {
    this.fail(error);
  }
}

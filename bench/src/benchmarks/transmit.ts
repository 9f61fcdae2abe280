import { openBareDispatcher } from '@mailrun/service-dispatcher';
import { SmtpSink } from '@mailrun/testing';
import { pooledSendMail } from '../baselines/pooled-send-mail.js';
import { invoiceDocument } from '../content/documents.js';
import { smallHtml, subject } from '../content/mail-texts.js';
import type { Benchmark, BenchmarkOptions, Comparison } from '../frame/benchmark.js';
import { bestOfRounds, cpuDetails, measure, type Measured } from '../frame/measure.js';
import type { Place } from '../frame/place.js';
import { ownProcessorMs, processorMsOf } from '../frame/processor-time.js';
import { CountingBus } from '../system/counting-bus.js';
import { fillLedger, sealedBytes } from '../system/filled-ledger.js';
import { startPostgres } from '../system/postgres.js';

interface Kind {
  readonly name: string;
  readonly documentBytes: number;
  readonly mails: number;
}

const kinds: readonly Kind[] = [
  { name: 'tiny', documentBytes: 0, mails: 6000 },
  { name: '50 kB', documentBytes: 50_000, mails: 1500 },
];
const usualConnections = [20, 50, 100];
const target = 2;
const rounds = 2;

/** The dispatcher alone, its mails accepted already, against pooled `sendMail` which also composes them. */
export const transmit: Benchmark = {
  name: 'transmit',
  what: 'the dispatcher alone: claim, mark, send, settle, outbox; against pooled sendMail',
  deadlineMinutes: 15,
  run: async (options, place) => {
    const comparisons: Comparison[] = [];
    for (const kind of kinds) {
      for (const connections of options.connections ?? usualConnections) {
        comparisons.push(await compare(kind, connections, options, place));
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
): Promise<Comparison> {
  const mails = options.size ?? kind.mails;
  const sink = await SmtpSink.start();
  place.atEnd(() => sink.stop());
  const document = kind.documentBytes > 0 ? invoiceDocument(kind.documentBytes) : undefined;
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
    dispatcher: () => dispatched({ mails, connections, document, sink }, place),
  });
  await sink.stop();
  return {
    name: `transmit, ${kind.name}, ${connections} connections`,
    unit: 'mails/s',
    baseline: best.loop.perSecond,
    measured: best.dispatcher.perSecond,
    better: 'more',
    target,
    details: { mails, ...cpuDetails('sendMail', best.loop), ...cpuDetails('dispatcher', best.dispatcher) },
  };
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
    observer: { ...quiet, loopFailed: ({ error }: { readonly error: unknown }) => bus.fail(error) },
  });
  const measured = await measure(
    mails,
    async () => {
      dispatcher.dispatch.start();
      await bus.allSent;
    },
    {
      'Node.js': ownProcessorMs,
      PostgreSQL: postgres.processorMs,
      'smtp-sink': () => processorMsOf(sink.pid),
    },
    { statements: postgres.statements, 'bytes of write-ahead log': postgres.logBytes },
  );
  await dispatcher.dispatch.stop();
  await drop();
  await postgres.stop();
  return measured;
}

/** Looks away from everything that a dispatcher tells. */
const quiet = {
  accepted: () => {},
  settled: () => {},
  committed: () => {},
  recovered: () => {},
  stopped: () => {},
  serverFault: () => {},
  gauges: () => {},
  loopFailed: () => {},
};

import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { FolderBlobStore } from '@mailrun/platform-blobs';
import { MessageBus, type Outgoing } from '@mailrun/platform-messaging';
import { createServiceDatabase } from '@mailrun/platform-persistence/testing';
import { dispatcherMigrations, openBareDispatcher } from '@mailrun/service-dispatcher';
import { SmtpSink } from '@mailrun/testing';
import type { MessageOutcome } from '@mailrun/contracts';
import { pooledSendMail } from '../baselines/pooled-send-mail.js';
import { invoiceDocument } from '../content/documents.js';
import { smallHtml, subject } from '../content/mail-texts.js';
import type { Benchmark, BenchmarkOptions, Comparison } from '../frame/benchmark.js';
import { bestOfRounds, cpuDetails, measure, type Measured } from '../frame/measure.js';
import type { Place } from '../frame/place.js';
import { ownProcessorMs, processorMsOf } from '../frame/processor-time.js';
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
/** As a fed batch has. */
const intakeBatch = 500;
/** Above it sealed bytes are blobs. */
const inlineLimitBytes = 16_384;

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

interface Work {
  readonly mails: number;
  readonly connections: number;
  readonly document: Buffer | undefined;
  readonly sink: SmtpSink;
}

async function dispatched({ mails, connections, document, sink }: Work, place: Place): Promise<Measured> {
  const postgres = await startPostgres(place);
  const service = await createServiceDatabase('dispatcher', dispatcherMigrations);
  const blobs = await FolderBlobStore.open(join(await place.folder(), 'blobs'));
  const tenantId = newId();
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
  await dispatcher.modes.put(tenantId, 'live', 1);
  const bytes = await sealedBytes(document);
  await accept(dispatcher, { tenantId, bytes, mails, blobs });

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
  );
  await dispatcher.dispatch.stop();
  await service.drop();
  await blobs.close();
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

type BareDispatcher = ReturnType<typeof openBareDispatcher>;

async function accept(
  dispatcher: BareDispatcher,
  of: { tenantId: string; bytes: Buffer; mails: number; blobs: FolderBlobStore },
): Promise<void> {
  const { tenantId, bytes, mails, blobs } = of;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const runId = newId();
  const mail = async () => {
    const messageId = newId();
    const blobKey = `sealed/${tenantId}/${messageId}/1/${sha256}`;
    const isInline = bytes.length <= inlineLimitBytes;
    if (!isInline) await blobs.put(blobKey, bytes, { sha256 });
    return {
      fedAt: new Date(),
      mail: {
        tenantId,
        messageId,
        copy: 1,
        runId,
        round: 1,
        mode: 'live' as const,
        content: {
          kind: 'sealed' as const,
          serverKey: 'main',
          fromKey: 'billing',
          inDoubtPolicy: 'hold' as const,
          messageIdHeader: `<${messageId}.1@company.test>`,
          subject,
          envelopeFrom: 'billing@company.test',
          recipients: [{ kind: 'to' as const, address: 'customer@customers.test' }],
          sha256,
          sizeBytes: bytes.length,
          bytes: isInline ? { inline: bytes } : { blobKey },
        },
      },
    };
  };
  for (let left = mails; left > 0; left -= intakeBatch) {
    const batch = Array.from({ length: Math.min(intakeBatch, left) }, mail);
    await dispatcher.acceptMails.accept(await Promise.all(batch));
  }
}

/** Counts the outcomes that the outbox publishes. */
class CountingBus extends MessageBus {
  private sent = 0;
  readonly allSent: Promise<void>;
  private resolve = () => {};
  /** Ends the waiting: something went wrong. */
  fail = (_: unknown): void => {};

  constructor(private readonly mails: number) {
    super();
    this.allSent = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.fail = reject;
    });
    this.allSent.catch(() => undefined); // looked at when the mails are under way
  }

  override publish(batch: readonly Outgoing[]): Promise<void> {
    for (const { body } of batch as readonly { body: MessageOutcome }[]) {
      if (body.state === 'sent') this.sent += 1;
      else if (body.state !== 'accepted') this.fail(new Error(`A mail ended as ${body.state}.`));
    }
    if (this.sent >= this.mails) this.resolve();
    return Promise.resolve();
  }
}

async function sealedBytes(document: Buffer | undefined): Promise<Buffer> {
  const composer = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { message } = await composer.sendMail({
    from: 'billing@company.test',
    to: 'customer@customers.test',
    subject,
    html: smallHtml,
    ...(document !== undefined && {
      attachments: [{ filename: 'invoice.pdf', contentType: 'application/pdf', content: document }],
    }),
  });
  return message as Buffer;
}

/** A UUIDv7 of now (RFC 9562). */
function newId(): string {
  const hex = Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

import { SmtpSink } from '@mailrun/testing';
import { pooledSendMail } from '../baselines/pooled-send-mail.js';
import { invoiceDocument } from '../content/documents.js';
import { smallHtml, subject } from '../content/mail-texts.js';
import type { Benchmark, BenchmarkOptions, Comparison } from '../frame/benchmark.js';
import { cpuDetails, measure } from '../frame/measure.js';
import { Place } from '../frame/place.js';
import { processorMsOf } from '../frame/processor-time.js';
import { ApiClient } from '../system/api-client.js';
import { Company } from '../system/company.js';
import { startEmbeddedSystem } from '../system/embedded-system.js';
import { startKafkaSystem } from '../system/kafka-system.js';
import { startProfiling } from '../system/profiling.js';
import type { System } from '../system/system.js';

interface WholeRun {
  readonly name: string;
  readonly what: string;
  readonly start: (place: Place) => Promise<System>;
  readonly documentBytes?: number;
  readonly mails: number;
  readonly target: number;
}

const usualConnections = 50;
/** Sent by both before anything is measured. */
const warmUpMails = 1000;
/** Documents that the loop sends in turns: making one would be the loop's cost, not the mail's. */
const documentsOfTheLoop = 200;

const plain = { mails: 20_000 };
const encrypted = { mails: 3000, documentBytes: 50_000 };
const embedded = { start: startEmbeddedSystem };
const kafka = { start: startKafkaSystem, target: 0.6 };

export const runPlain = wholeRun({
  name: 'run-plain',
  what: 'a whole run of plain small mails, one process; against a loop over pooled sendMail',
  ...plain,
  ...embedded,
  target: 1.5,
});
export const runEncrypted = wholeRun({
  name: 'run-encrypted',
  what: 'a whole run of 50 kB documents in encrypted zips, one process; against the loop, unencrypted',
  ...encrypted,
  ...embedded,
  target: 1,
});
export const runPlainKafka = wholeRun({
  name: 'run-plain-kafka',
  what: 'the same as run-plain with six processes over Kafka',
  ...plain,
  ...kafka,
  target: 1,
});
export const runEncryptedKafka = wholeRun({
  name: 'run-encrypted-kafka',
  what: 'the same as run-encrypted with six processes over Kafka',
  ...encrypted,
  ...kafka,
});

function wholeRun(of: WholeRun): Benchmark {
  return {
    name: of.name,
    what: of.what,
    deadlineMinutes: 20,
    run: async (options, place) => {
      const comparisons: Comparison[] = [];
      for (const connections of options.connections ?? [usualConnections]) {
        const own = new Place();
        place.atEnd(() => own.clear());
        comparisons.push(...(await compare(of, connections, options, own)));
        await own.clear();
      }
      return comparisons;
    },
  };
}

async function compare(
  of: WholeRun,
  connections: number,
  options: BenchmarkOptions,
  place: Place,
): Promise<Comparison[]> {
  const mails = options.size ?? of.mails;
  const warmUp = Math.min(warmUpMails, mails);
  const sink = await SmtpSink.start();
  place.atEnd(() => sink.stop());

  const documents =
    of.documentBytes === undefined
      ? undefined
      : Array.from({ length: documentsOfTheLoop }, () => invoiceDocument(of.documentBytes!));
  const loop = (count: number) =>
    pooledSendMail({
      host: sink.host,
      port: sink.port,
      mails: count,
      connections,
      subject,
      html: smallHtml,
      ...(documents !== undefined && {
        document: (number: number) => documents[number % documentsOfTheLoop]!,
      }),
    });
  await loop(warmUp);
  const baseline = await loop(mails);

  const system = await of.start(place);
  const company = new Company(new ApiClient(system), {
    sink,
    connections,
    ...(of.documentBytes !== undefined && { documentBytes: of.documentBytes }),
  });
  await company.setUp();
  await company.addInvoices(warmUp, '2025-01');
  await company.addInvoices(mails, '2025-02');
  await company.send(await company.prepare('2025-01'));

  const watched = { ...system.watched, 'smtp-sink': () => processorMsOf(sink.pid) };
  let prepared = 0;
  let run = await timed(
    () => company.prepare('2025-02'),
    (seconds) => (prepared = seconds),
  );
  const profiling = await startProfiling(system.databaseUrl);
  const sent = await measure(mails, async () => (run = await company.send(run)), watched);
  await profiling?.end(mails);

  const common = {
    unit: 'mails/s',
    baseline: baseline.perSecond,
    better: 'more',
    target: of.target,
  } as const;
  return [
    {
      ...common,
      name: `${of.name}, ${connections} connections`,
      measured: sent.perSecond,
      details: { mails, ...cpuDetails('sendMail', baseline), ...cpuDetails('Mailrun', sent) },
    },
    {
      ...common,
      name: `${of.name} with its preparation, ${connections} connections`,
      measured: mails / (sent.seconds + prepared),
      details: { 'preparation, s': prepared },
    },
  ];
}

async function timed<Value>(work: () => Promise<Value>, took: (seconds: number) => void): Promise<Value> {
  const startedAt = performance.now();
  const value = await work();
  took((performance.now() - startedAt) / 1000);
  return value;
}

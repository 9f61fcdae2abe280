import type { ChildProcess } from 'node:child_process';
import type { Benchmark } from '../frame/benchmark.js';
import { cpuDetails, measure, type Measured } from '../frame/measure.js';
import type { Place } from '../frame/place.js';
import { processorMsOf } from '../frame/processor-time.js';
import { endChild, startChild, told } from '../system/child.js';
import type { ReplicaWork } from '../system/dispatch-replica.main.js';
import { fillLedger, sealedBytes } from '../system/filled-ledger.js';
import { startPostgres } from '../system/postgres.js';

const replicas = 4;
const usualConnections = 20;
/** What a mail server somewhere else takes to answer a mail. */
const answerMs = 50;
/** Of a single replica; several send as many times more, so that all measure as long. */
const usualMails = 3000;
const target = 3.6;
/** Before anything is measured, limits are shared and connections open. */
const warmUpShare = 0.15;

/** Several replicas of the dispatcher on one ledger, each a process with as many connections, against one replica. */
export const scaleOut: Benchmark = {
  name: 'scale-out',
  what: 'four replicas of the dispatcher against one, to a mail server that answers after 50 ms',
  deadlineMinutes: 5,
  run: async (options, place) => {
    const connections = options.connections?.[0] ?? usualConnections;
    const mails = options.size ?? usualMails;
    const one = await dispatchedBy(1, connections, mails, place);
    const all = await dispatchedBy(replicas, connections, mails * replicas, place);
    return [
      {
        name: `scale-out, ${replicas} replicas against one, ${connections} connections each`,
        unit: 'mails/s',
        baseline: one.perSecond,
        measured: all.perSecond,
        better: 'more',
        target,
        details: { mails, ...cpuDetails('one replica', one), ...cpuDetails(`${replicas} replicas`, all) },
      },
    ];
  },
};

async function dispatchedBy(
  count: number,
  connections: number,
  mails: number,
  place: Place,
): Promise<Measured> {
  const sink = startChild('slow-sink.main.js', [String(answerMs)], place);
  const { port } = await told<{ port: number }>(sink);
  const postgres = await startPostgres(place, { countsStatements: true });
  const ledger = await fillLedger(place, { mails, bytes: await sealedBytes() });
  const work: ReplicaWork = {
    persistence: ledger.service.options,
    blobFolder: ledger.blobFolder,
    server: {
      tenantId: ledger.tenantId,
      serverKey: 'main',
      version: 1,
      host: '127.0.0.1',
      port,
      tls: 'none',
      verifyCertificate: true,
      maxConnections: connections * count,
    },
  };
  const children = Array.from({ length: count }, () =>
    startChild('dispatch-replica.main.js', [JSON.stringify(work)], place),
  );
  await Promise.all(children.map((child) => told(child)));
  const progress = new Progress(children);
  for (const child of children) child.send('begin');
  const warm = Math.round(mails * warmUpShare);
  const before = await progress.reached(warm);
  // The last mails are left out: when few are left, connections idle.
  const enough = Math.round(mails * (1 - warmUpShare));
  let sent = 0;
  const measured = await measure(
    1,
    async () => {
      sent = (await progress.reached(enough)) - before;
    },
    {
      'all replicas': async () =>
        (await Promise.all(children.map(({ pid }) => processorMsOf(pid!)))).reduce((a, b) => a + b),
      PostgreSQL: postgres.processorMs,
    },
    { statements: postgres.statements, 'bytes of write-ahead log': postgres.logBytes },
  );
  await Promise.all(children.map(endChild));
  await ledger.drop();
  await postgres.stop();
  await endChild(sink);
  return perMail(measured, sent);
}

/** How many mails were sent by all replicas together, as they tell. */
class Progress {
  private readonly sent = new Map<ChildProcess, number>();
  private changed = Promise.withResolvers<void>();

  constructor(children: readonly ChildProcess[]) {
    for (const child of children) {
      child.on('message', (message: { readonly sent: number }) => {
        this.sent.set(child, message.sent);
        this.changed.resolve();
        this.changed = Promise.withResolvers<void>();
      });
    }
  }

  /** Resolves with their number when it is at least this one. */
  async reached(count: number): Promise<number> {
    for (;;) {
      const sum = [...this.sent.values()].reduce((a, b) => a + b, 0);
      if (sum >= count) return sum;
      await this.changed.promise;
    }
  }
}

/** A measurement of all as one of each. */
function perMail({ seconds, cpuUs, counted }: Measured, mails: number): Measured {
  const each = (of: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(of).map(([name, value]) => [name, value / mails]));
  return { seconds, perSecond: mails / seconds, cpuUs: each(cpuUs), counted: each(counted) };
}

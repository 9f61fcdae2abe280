import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageOutcome } from '@mailrun/contracts';
import { FolderBlobStore } from '@mailrun/platform-blobs';
import { MessageBus, type Outgoing } from '@mailrun/platform-messaging';
import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { SmtpSink } from '@mailrun/testing';
import { NoObserver } from '../application/ports/dispatch-observer.port.js';
import { openBareDispatcher, type BareDispatcher } from '../bare-dispatcher.js';
import { dispatcherMigrations } from '../outbound/postgres/migrations/index.js';
import { FakeMessageServers } from './dispatcher-harness.js';
import { mailToAccept, newId } from './mail-to-accept.builder.js';

export interface TransmitOptions {
  readonly mails: number;
  readonly connections: number;
  /** The finished mail (7-bit, CRLF), to be sent that often. */
  readonly sealed: Buffer;
  /** What to compare with: sends as many such mails to the same place. */
  readonly baseline: (sink: { readonly host: string; readonly port: number }) => Promise<void>;
}

/** Of one way to send the same mails to the same sink. */
export interface Measured {
  readonly mailsPerSecond: number;
  /** Processor time of this process, PostgreSQL and the sink, for each mail. */
  readonly nodeMs: number;
  readonly postgresMs: number;
  readonly sinkMs: number;
  /** Of all processors, whoever used them: near 1, something was in the way of all. */
  readonly machineBusyShare: number;
}

export interface TransmitResult {
  /** In batches of 500, blobs included. */
  readonly intake: Measured;
  readonly dispatcher: Measured;
  /** In the same process. */
  readonly baseline: Measured;
  readonly mailsPerCommit: number;
  readonly msPerCommit: number;
  /** Transactions of all kinds, from the first claim to the last outcome that was forgotten. */
  readonly transactionsPerMail: number;
  readonly walBytesPerMail: number;
}

/** More than this travels as a blob. */
const inlineBytes = 16 * 1024;

/**
 * Measures the dispatcher alone (claim, mark, send, settle, outbox) over Postfix's `smtp-sink` on loopback. Wants a durable PostgreSQL in `MAILRUN_TEST_DATABASE_URL`, and `smtp-sink`.
 */
export async function measureTransmit(options: TransmitOptions): Promise<TransmitResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mailrun-transmit-'));
  const service = await createServiceDatabase('dispatcher', dispatcherMigrations);
  const blobs = await FolderBlobStore.open(folder);
  const sink = await SmtpSink.start();
  try {
    return await measureBoth(options, service, blobs, sink);
  } finally {
    await sink.stop();
    await service.drop();
    await blobs.close();
    await rm(folder, { recursive: true });
  }
}

async function measureBoth(
  options: TransmitOptions,
  service: ServiceTestDatabase,
  blobs: FolderBlobStore,
  sink: SmtpSink,
): Promise<TransmitResult> {
  const { mails, connections } = options;
  const tenantId = newId();
  const bus = new CountingBus();
  const observer = new CommitCounter();
  const servers = new FakeMessageServers();
  servers.set({
    tenantId,
    serverKey: 'main',
    version: 1,
    host: sink.host,
    port: sink.port,
    tls: 'none',
    verifyCertificate: true,
    maxConnections: connections,
  });
  const parts = openBareDispatcher({ database: service.database, blobs, bus, servers, observer });
  await parts.modes.put(tenantId, 'live', 1);
  const clock = await Clock.start(service, sink);
  const intake = await clock.measure(mails, () => takeIn(parts, blobs, tenantId, options));
  const before = await countersOf(service);
  const dispatcher = await clock.measure(mails, async () => {
    parts.dispatch.start();
    await bus.untilSent(mails);
  });
  await parts.dispatch.stop();
  const after = await countersOf(service);
  const baseline = await clock.measure(mails, () => options.baseline(sink));
  return {
    intake,
    dispatcher,
    baseline,
    mailsPerCommit: mails / observer.commits,
    msPerCommit: (1000 * observer.seconds) / observer.commits,
    transactionsPerMail: (after.transactions - before.transactions) / mails,
    walBytesPerMail: (after.walBytes - before.walBytes) / mails,
  };
}

async function takeIn(
  { acceptMails }: BareDispatcher,
  blobs: FolderBlobStore,
  tenantId: string,
  { sealed: bytes, mails: count }: TransmitOptions,
): Promise<void> {
  const runId = newId();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const common = { sha256, sizeBytes: bytes.length };
  for (let left = count; left > 0; left -= 500) {
    const mails = Array.from({ length: Math.min(left, 500) }, async () => {
      const messageId = newId();
      const blobKey = `sealed/${tenantId}/${messageId}/1/${sha256}`;
      if (bytes.length > inlineBytes) await blobs.put(blobKey, bytes, { sha256 });
      const where = bytes.length > inlineBytes ? { blobKey } : { inline: bytes };
      const mail = mailToAccept({ tenantId, runId, messageId, sealed: { ...common, bytes: where } });
      return { mail, fedAt: undefined };
    });
    await acceptMails.accept(await Promise.all(mails));
  }
}

async function countersOf({ owner }: ServiceTestDatabase) {
  const [row] = await owner.query<{ transactions: string; wal: string }>(
    `select pg_stat_get_db_xact_commit(oid) as transactions, pg_current_wal_lsn() - '0/0'::pg_lsn as wal
     from pg_database where datname = current_database()`,
  );
  return { transactions: Number(row!.transactions), walBytes: Number(row!.wal) };
}

/** Processor times by process, from Linux's /proc. */
class Clock {
  private constructor(
    private readonly postmaster: number,
    private readonly sink: number,
  ) {}

  static async start({ owner }: ServiceTestDatabase, sink: SmtpSink): Promise<Clock> {
    const [row] = await owner.query<{ folder: string }>(
      `select setting as folder from pg_settings where name = 'data_directory'`,
    );
    const pidFile = await readFile(join(row!.folder, 'postmaster.pid'), 'utf8');
    return new Clock(Number(pidFile.split('\n')[0]), sink.pid);
  }

  async measure(mails: number, work: () => Promise<void>): Promise<Measured> {
    const before = await this.read();
    const startedAt = performance.now();
    await work();
    const seconds = (performance.now() - startedAt) / 1000;
    const after = await this.read();
    return {
      mailsPerSecond: mails / seconds,
      nodeMs: (after.node - before.node) / mails,
      postgresMs: (after.postgres - before.postgres) / mails,
      sinkMs: (after.sink - before.sink) / mails,
      machineBusyShare: (after.busy - before.busy) / (after.all - before.all),
    };
  }

  private async read() {
    const { user, system } = process.cpuUsage();
    const children = await readFile(`/proc/${this.postmaster}/task/${this.postmaster}/children`, 'utf8');
    const servers = await Promise.all(children.trim().split(' ').map(Number).map(processorMs));
    const machine = (await readFile('/proc/stat', 'utf8'))
      .split('\n')[0]!
      .trim()
      .split(/\s+/)
      .slice(1)
      .map(Number);
    const all = machine.reduce((sum, ticks) => sum + ticks, 0);
    return {
      node: (user + system) / 1000,
      postgres: servers.reduce((sum, ms) => sum + ms, 0),
      sink: await processorMs(this.sink),
      all,
      // Idle, and waiting for disks.
      busy: all - machine[3]! - machine[4]!,
    };
  }
}

/** A tick of Linux is ten milliseconds everywhere (USER_HZ). */
async function processorMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

class CountingBus extends MessageBus {
  private sent = 0;
  private goal = Infinity;
  private reached: () => void = () => undefined;

  override async publish(batch: readonly Outgoing[]): Promise<void> {
    for (const { body } of batch as readonly { body: MessageOutcome }[]) {
      if (body.state === 'sent') this.sent += 1;
    }
    if (this.sent >= this.goal) this.reached();
  }

  untilSent(count: number): Promise<void> {
    this.goal = count;
    return new Promise((resolve) => (this.reached = resolve));
  }
}

class CommitCounter extends NoObserver {
  commits = 0;
  seconds = 0;
  override committed({ seconds }: { seconds: number }): void {
    this.commits += 1;
    this.seconds += seconds;
  }
}

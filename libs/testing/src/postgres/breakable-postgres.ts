import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { EmbeddedPostgres } from '@mailrun/platform-embedded-postgres';
import { freePort } from '../net/free-port.js';
import { temporaryFolder } from '../temporary-folder.js';
import { SmallDisk } from './small-disk.js';

/** Room for the data of some thousand mails and their write-ahead log. */
const diskMegabytes = 1000;

/**
 * A PostgreSQL server of its own, as durable as at work, for tests that kill it, cut its connections or fill its disk.
 * Where that is allowed (as root, on Linux) its data lie on a disk of their own, which {@link fillDisk} needs.
 */
export class BreakablePostgres {
  private constructor(
    private readonly folder: string,
    private readonly disk: SmallDisk | undefined,
    private readonly server: EmbeddedPostgres,
  ) {}

  static async start(): Promise<BreakablePostgres> {
    const folder = await temporaryFolder({ kind: 'breakable-postgres', remove });
    const disk = await SmallDisk.mount(diskOf(folder), diskMegabytes);
    const server = await EmbeddedPostgres.start({
      folder: disk?.path ?? folder,
      port: await freePort(),
      // So little log is kept that a full disk is soon felt.
      settings: { max_wal_size: '256MB', min_wal_size: '32MB' },
    });
    return new BreakablePostgres(folder, disk, server);
  }

  /** Of the superuser. */
  get url(): string {
    return this.server.url();
  }

  /** Whether {@link fillDisk} works here. */
  get hasOwnDisk(): boolean {
    return this.disk !== undefined;
  }

  /** Ends it at once: no checkpoint, every connection is lost, recovery at the next start. */
  kill(): Promise<void> {
    return this.server.crash();
  }

  /** Starts it again on its data and port. */
  up(): Promise<void> {
    return this.server.launch();
  }

  /** Copies its data as they are now; for that it is ended in order and started again. @returns their time */
  async backUp(): Promise<Date> {
    await this.server.stop();
    await copy(this.dataFolder, this.backupFolder);
    const at = new Date();
    await this.server.launch();
    return at;
  }

  /** Ends it and starts it with the data that were backed up: what was committed since is gone. */
  async restore(): Promise<void> {
    await this.server.stop();
    await copy(this.backupFolder, this.dataFolder);
    await this.server.launch();
  }

  /** Ends every session but the one that asks, as a failing network or an impatient administrator does. */
  async cutConnections(): Promise<number> {
    const client = new pg.Client(this.url);
    await client.connect();
    try {
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where pid <> pg_backend_pid() and backend_type = 'client backend'`,
      );
      return rowCount ?? 0;
    } finally {
      await client.end();
    }
  }

  /**
   * Leaves not a byte free on its disk, nor in the parts of its write-ahead log that it made in advance: from now on it
   * commits nothing, and gives up. @throws where it has no disk of its own
   */
  async fillDisk(): Promise<void> {
    if (this.disk === undefined) throw new Error('This PostgreSQL has no disk of its own.');
    await this.disk.fill();
    const client = new pg.Client(this.url);
    client.on('error', () => undefined); // the server gives up
    try {
      await client.connect();
      await client.query(
        `select pg_logical_emit_message(false, 'ballast', repeat('x', 1000000)) from generate_series(1, $1)`,
        [diskMegabytes],
      );
    } catch {
      return; // as it was meant: no room for another part of the log
    } finally {
      await client.end().catch(() => undefined);
    }
    throw new Error('PostgreSQL found room on a full disk.');
  }

  /** Makes room again, and starts the server if it gave up meanwhile. */
  async clearDisk(): Promise<void> {
    await this.disk?.clear();
    await this.server.stop();
    await this.server.launch();
  }

  async stop(): Promise<void> {
    await remove(this.folder);
  }

  private get dataFolder(): string {
    return join(this.disk?.path ?? this.folder, 'data');
  }

  private get backupFolder(): string {
    return join(this.folder, 'backup');
  }
}

/** With owners and rights, which PostgreSQL is particular about. */
async function copy(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await promisify(execFile)('cp', ['-a', from, to]);
}

const diskOf = (folder: string) => join(folder, 'disk');

/** Server and disk, too, where they are still there. */
async function remove(folder: string): Promise<void> {
  const disk = await SmallDisk.find(diskOf(folder));
  if (disk !== undefined) {
    await (await EmbeddedPostgres.find(disk.path))?.stop();
    await disk.unmount();
  }
  await EmbeddedPostgres.remove(folder);
}

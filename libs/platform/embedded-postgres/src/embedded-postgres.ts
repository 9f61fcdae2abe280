import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  findBinaries,
  isReachableByAll,
  reachableBinaries,
  sharedFolder,
  type Account,
  type PostgresBinaries,
} from './binaries.js';

const run = promisify(execFile);

export interface EmbeddedPostgresOptions {
  /** Holds data, log and the owner's password. Made when missing; when run again, its data goes on. */
  readonly folder: string;
  /** TCP port on loopback; default: the one of the last start if it is free, else any. */
  readonly port?: number;
  /** `postgresql.conf` settings, for instance `{ fsync: 'off' }` in tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * A PostgreSQL server of our own on loopback TCP, with a password, owned by the user `postgres` when we are root
 * (PostgreSQL refuses to run as root). The server is a process of its own: it outlives a killed parent, and the
 * next `start` on the same folder ends it first.
 */
export class EmbeddedPostgres {
  private constructor(
    private readonly binaries: PostgresBinaries,
    private readonly account: Account | undefined,
    private readonly folder: string,
    private readonly settings: Readonly<Record<string, string>>,
    private readonly password: string,
    /** TCP port on 127.0.0.1. */
    readonly port: number,
  ) {}

  /** Connection string of the superuser, for bootstrap and migrations. */
  url(database = 'postgres'): string {
    return `postgresql://postgres:${this.password}@127.0.0.1:${this.port}/${database}`;
  }

  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const account = await serverAccount();
    const folder = await makePlace(resolve(options.folder), account);
    const binaries = await binariesOf(account);
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const password = await readOrMake(join(folder, 'owner-password'), () => randomBytes(24).toString('hex'));

    const data = join(folder, 'data');
    if ((await exists(data)) && !(await exists(join(folder, 'initialised'))))
      await rm(data, { recursive: true });
    if (!(await exists(data))) {
      await mkdir(data, { mode: 0o700 });
      if (account !== undefined) await chown(data, account.uid, account.gid);
      const passwordFile = join(folder, 'initdb-password');
      await writeFile(passwordFile, password, { mode: 0o600 });
      if (account !== undefined) await chown(passwordFile, account.uid, account.gid);
      const options = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--no-instructions'];
      const locale = ['--locale-provider=builtin', '--locale=C.UTF-8'];
      await run(
        binaries.initdb,
        ['-D', data, `--pwfile=${passwordFile}`, ...options, ...locale],
        as(account),
      );
      await rm(passwordFile);
      await writeFile(join(folder, 'initialised'), '');
    }

    const portFile = join(folder, 'port');
    const lastPort = Number(await readFile(portFile, 'utf8').catch(() => '0'));
    const starting = (port: number) =>
      new EmbeddedPostgres(binaries, account, folder, options.settings ?? {}, password, port);
    // A server that outlived its parent: its settings may be old ones, so it is ended rather than adopted.
    if (await exists(join(data, 'postmaster.pid'))) await starting(lastPort).stop();
    const port = options.port ?? (await freePort(lastPort));
    await writeFile(portFile, String(port));
    const server = starting(port);
    await server.launch();
    return server;
  }

  /** The server that runs on the folder now, or undefined. For commands beside a running installation. */
  static async find(folder: string): Promise<Pick<EmbeddedPostgres, 'url' | 'stop'> | undefined> {
    const account = await serverAccount();
    const place = await placeOf(resolve(folder), account);
    if (place === undefined) return undefined;
    const read = (name: string) => readFile(join(place, name), 'utf8').catch(() => undefined);
    const [password, port, pid] = await Promise.all([
      read('owner-password'),
      read('port'),
      read(join('data', 'postmaster.pid')),
    ]);
    if (password === undefined || port === undefined || pid === undefined) return undefined;
    const binaries = await binariesOf(account);
    const server = new EmbeddedPostgres(binaries, account, place, {}, password, Number(port));
    return (await server.isRunning()) ? server : undefined;
  }

  /** Deletes the folder with all its data; a server that still runs there is ended first. */
  static async remove(folder: string): Promise<void> {
    const account = await serverAccount();
    const place = await placeOf(resolve(folder), account);
    if (place !== undefined && (await exists(join(place, 'data', 'postmaster.pid')))) {
      await new EmbeddedPostgres(await binariesOf(account), account, place, {}, '', 0).stop();
    }
    if (place !== undefined) await rm(place, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }

  /** Ends the server; sessions are cut, committed work is kept. No error when it is not running. */
  async stop(): Promise<void> {
    await this.end('fast');
  }

  /** Ends the server as a crash would: no checkpoint, recovery at the next start. */
  async crash(): Promise<void> {
    await this.end('immediate');
  }

  /** Starts the server again on the same port after `stop` or `crash`. */
  async launch(): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(this.port),
      unix_socket_directories: '',
      max_connections: '200',
      shared_buffers: '256MB',
      max_wal_size: '2GB',
      ...this.settings,
    };
    const options = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
    const log = join(this.folder, 'log');
    await writeFile(log, '', { flag: 'a' });
    if (this.account !== undefined) await chown(log, this.account.uid, this.account.gid);
    try {
      await run(
        this.binaries.pg_ctl,
        ['start', '-w', '-t', '60', '-s', '-D', this.data, '-l', log, '-o', options.join(' ')],
        as(this.account),
      );
    } catch (cause) {
      const lines = (await readFile(log, 'utf8')).trim().split('\n').slice(-5).join('\n');
      throw new Error(`PostgreSQL did not start in ${this.folder}. Its last words:\n${lines}`, { cause });
    }
  }

  private get data(): string {
    return join(this.folder, 'data');
  }

  private async end(mode: 'fast' | 'immediate'): Promise<void> {
    try {
      await run(
        this.binaries.pg_ctl,
        ['stop', '-w', '-t', '60', '-s', '-m', mode, '-D', this.data],
        as(this.account),
      );
    } catch (error) {
      // A stale or missing pid file: there is nothing to end.
      if (await this.isRunning()) throw error;
      await rm(join(this.data, 'postmaster.pid'), { force: true });
    }
  }

  private async isRunning(): Promise<boolean> {
    return run(this.binaries.pg_ctl, ['status', '-D', this.data], as(this.account)).then(
      () => true,
      () => false,
    );
  }
}

function as(account: Account | undefined) {
  const environment = { ...process.env, LC_ALL: 'C', PGCONNECT_TIMEOUT: '10' };
  return { ...account, cwd: '/', env: environment };
}

async function serverAccount(): Promise<Account | undefined> {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (user === undefined)
    throw new Error('PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`.');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/**
 * Where a folder's content lies: in it, or for root, when the server's user could not reach it, below
 * {@link sharedFolder}. A file in the folder names that place, so that who deletes the folder begins anew. Undefined
 * when there is none yet.
 */
async function placeOf(folder: string, account: Account | undefined): Promise<string | undefined> {
  if (account === undefined || (await isReachableByAll(join(folder, 'data')))) return folder;
  return readFile(join(folder, placeFile), 'utf8').catch(() => undefined);
}

const placeFile = 'place';

async function makePlace(folder: string, account: Account | undefined): Promise<string> {
  const known = await placeOf(folder, account);
  if (known !== undefined) return known;
  const name = `${folder.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/^-/, '')}-${randomBytes(4).toString('hex')}`;
  const place = join(sharedFolder, name);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await writeFile(join(folder, placeFile), place, { flag: 'wx' });
  return place;
}

/** That the server's user can run. */
async function binariesOf(account: Account | undefined): Promise<PostgresBinaries> {
  const found = await findBinaries();
  return account === undefined ? found : reachableBinaries(found, await packageVersion(found));
}

async function packageVersion(binaries: PostgresBinaries): Promise<string> {
  const file = resolve(binaries.initdb, '..', '..', '..', 'package.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}

async function readOrMake(file: string, make: () => string): Promise<string> {
  if (!(await exists(file))) await writeFile(file, make(), { mode: 0o600, flag: 'wx' });
  return readFile(file, 'utf8');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The preferred port if it is free, else any free one. */
async function freePort(preferred: number): Promise<number> {
  const listen = (port: number) =>
    new Promise<number>((done, fail) => {
      const server = createServer();
      server.once('error', fail);
      server.listen(port, '127.0.0.1', () => {
        const { port: got } = server.address() as { port: number };
        server.close(() => done(got));
      });
    });
  return listen(preferred).catch(() => listen(0));
}

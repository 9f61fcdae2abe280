import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePorts } from '@mailrun/testing';
import { EmbeddedPostgres } from '@mailrun/platform-embedded-postgres';
import { logFolderOf, programOf } from './places.js';
import { ProcessGroup } from './process-group.js';
import { runCommand } from './run-command.js';
import { ServiceProcess } from './service-process.js';
import { parseTenant, tenantArguments, withSchemas, type NewTenant, type System } from './system.js';
import { testSettings } from './test-settings.js';

export interface EmbeddedSystemOptions {
  /** Of the folder of its logs. */
  readonly name?: string;
  /** Over those of all tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * The standalone shape as `npm start` starts it: one process that brings its own PostgreSQL, in a new data folder. The
 * database server is a process of its own and outlives a killed parent.
 */
export class EmbeddedSystem implements System {
  static readonly processes = ['standalone'] as const;
  readonly shape = 'embedded';
  readonly processes = EmbeddedSystem.processes;
  private pool: pg.Pool | undefined;

  private constructor(
    readonly api: string,
    private readonly dataFolder: string,
    private readonly group: ProcessGroup,
  ) {}

  static async start({
    name = 'embedded',
    settings = {},
  }: EmbeddedSystemOptions = {}): Promise<EmbeddedSystem> {
    const dataFolder = await mkdtemp(join(tmpdir(), 'mailrun-e2e-'));
    // The database server may run as a user of its own.
    await chmod(dataFolder, 0o755);
    const logs = logFolderOf(name);
    await rm(logs, { recursive: true, force: true });
    await mkdir(logs, { recursive: true });
    const [port, managementPort] = (await freePorts(2)) as [number, number];
    const process = new ServiceProcess({
      name: EmbeddedSystem.processes[0],
      program: [programOf('standalone'), `--data=${dataFolder}`, `--port=${port}`],
      settings: {
        ...testSettings,
        ...settings,
        MAILRUN_GATEWAY_HOST: '127.0.0.1',
        MAILRUN_MANAGEMENT_PORT: String(managementPort),
      },
      managementPort,
      logFile: join(logs, 'standalone.log'),
    });
    const system = new EmbeddedSystem(`http://127.0.0.1:${port}`, dataFolder, new ProcessGroup([process]));
    await system.group.start().catch(async (error: unknown) => {
      await system.stop();
      throw error;
    });
    return system;
  }

  async createTenant(tenant: NewTenant) {
    return parseTenant(await this.command(...tenantArguments(tenant)));
  }

  /** A command of `mailrun`, beside the running process. @returns what it printed */
  command(...args: string[]): Promise<string> {
    return runCommand([...args, `--data=${this.dataFolder}`], testSettings);
  }

  kill(process: string): Promise<void> {
    return this.group.named(process).kill();
  }

  async restart(process: string): Promise<void> {
    // Its database server is started anew, perhaps on another port.
    await this.closePool();
    await this.group.named(process).start();
  }

  async query<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    this.pool ??= await this.openPool();
    return (await this.pool.query<Row>(withSchemas(sql, 'mailrun'), [...values])).rows;
  }

  checkAlive(): Promise<void> {
    return this.group.checkAlive();
  }

  async stop(): Promise<void> {
    await this.closePool();
    try {
      await this.group.stop();
    } finally {
      // After a kill nobody has ended it.
      const server = await EmbeddedPostgres.find(this.postgresFolder);
      if (server !== undefined) await (await EmbeddedPostgres.start({ folder: this.postgresFolder })).stop();
      await rm(this.dataFolder, { recursive: true, force: true });
    }
  }

  private async openPool(): Promise<pg.Pool> {
    const server = await EmbeddedPostgres.find(this.postgresFolder);
    if (server === undefined) throw new Error('The embedded PostgreSQL does not run.');
    const pool = new pg.Pool({ connectionString: server.url(), max: 2 });
    // The server ends with the process that brought it: what an idle connection then says is no news.
    pool.on('error', () => undefined);
    return pool;
  }

  private async closePool(): Promise<void> {
    const { pool } = this;
    this.pool = undefined;
    await pool?.end();
  }

  private get postgresFolder(): string {
    return join(this.dataFolder, 'postgres');
  }
}

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, startKafka, type TestDatabase, type TestKafka } from '@mailrun/testing';
import { freePorts } from './free-ports.js';
import { logFolderOf, programOf } from './places.js';
import { ProcessGroup } from './process-group.js';
import { runCommand } from './run-command.js';
import { ServiceProcess } from './service-process.js';
import { parseTenant, tenantArguments, withSchemas, type NewTenant, type System } from './system.js';
import { testSettings } from './test-settings.js';

const services = ['gateway', 'definitions', 'runs', 'renderer', 'packager', 'dispatcher'] as const;

/** Six processes on a real broker and a database of their own, set up by the commands that operators use. */
export class KafkaSystem implements System {
  static readonly processes = services;
  readonly shape = 'kafka';
  readonly processes = services;

  private constructor(
    readonly api: string,
    private readonly kafka: TestKafka,
    private readonly database: TestDatabase,
    private readonly blobs: string,
    private readonly settings: Readonly<Record<string, string>>,
    private readonly group: ProcessGroup,
  ) {}

  static async start(): Promise<KafkaSystem> {
    const [kafka, database] = await Promise.all([startKafka(), createTestDatabase()]);
    const blobs = await mkdtemp(join(tmpdir(), 'mailrun-e2e-blobs-'));
    const [apiPort, ...ports] = (await freePorts(1 + 2 * services.length)) as [number, ...number[]];
    const internalPorts = ports.slice(0, services.length);
    const settings = {
      ...testSettings,
      DATABASE_URL: database.ownerUrl,
      KAFKA_BROKERS: kafka.brokers.join(','),
      MAILRUN_INSTALLATION_PREFIX: database.prefix,
      MAILRUN_BUS_PARTITIONS: '3',
      MAILRUN_BLOBS_FOLDER: blobs,
      MAILRUN_SECRETS_KEYS: `e2e:${randomBytes(32).toString('base64')}`,
      MAILRUN_DATABASE_ROLE_SECRET: randomBytes(32).toString('hex'),
      MAILRUN_INTERNAL_TOKEN_SECRET: randomBytes(32).toString('hex'),
      MAILRUN_INTERNAL_HOST: '127.0.0.1',
      MAILRUN_MANAGEMENT_HOST: '127.0.0.1',
      MAILRUN_GATEWAY_HOST: '127.0.0.1',
      MAILRUN_GATEWAY_PORT: String(apiPort),
      ...Object.fromEntries(
        services.map((service, index) => [
          `MAILRUN_INTERNAL_${service.toUpperCase()}_URL`,
          `http://127.0.0.1:${internalPorts[index]}`,
        ]),
      ),
    };
    const logs = logFolderOf('kafka');
    await rm(logs, { recursive: true, force: true });
    await mkdir(logs, { recursive: true });
    const processes = services.map((name, index) => {
      const managementPort = ports[services.length + index]!;
      return new ServiceProcess({
        name,
        program: [programOf(name)],
        settings: {
          ...settings,
          MAILRUN_INTERNAL_PORT: String(internalPorts[index]),
          MAILRUN_MANAGEMENT_PORT: String(managementPort),
        },
        managementPort,
        logFile: join(logs, `${name}.log`),
      });
    });
    const api = `http://127.0.0.1:${apiPort}`;
    const system = new KafkaSystem(api, kafka, database, blobs, settings, new ProcessGroup(processes));
    await system.setUp().catch(async (error: unknown) => {
      await system.stop();
      throw error;
    });
    return system;
  }

  async createTenant(tenant: NewTenant) {
    return parseTenant(await runCommand(tenantArguments(tenant), this.settings));
  }

  kill(process: string): Promise<void> {
    return this.group.named(process).kill();
  }

  restart(process: string): Promise<void> {
    return this.group.named(process).start();
  }

  query<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.database.query<Row>(withSchemas(sql, this.database.prefix), values);
  }

  checkAlive(): Promise<void> {
    return this.group.checkAlive();
  }

  async stop(): Promise<void> {
    try {
      await this.group.stop();
    } finally {
      await Promise.all([
        this.database.drop(),
        this.kafka.stop(),
        rm(this.blobs, { recursive: true, force: true }),
      ]);
    }
  }

  private async setUp(): Promise<void> {
    await Promise.all([
      runCommand(['topics'], this.settings),
      runCommand(['bootstrap'], this.settings).then(() => runCommand(['migrate'], this.settings)),
    ]);
    await this.group.start();
  }
}

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createTestDatabase,
  freePorts,
  startKafka,
  type TestDatabase,
  type TestKafka,
} from '@mailrun/testing';
import { logFolderOf, programOf } from './places.js';
import { ProcessGroup } from './process-group.js';
import { runCommand } from './run-command.js';
import { ServiceProcess } from './service-process.js';
import { parseTenant, tenantArguments, withSchemas, type NewTenant, type System } from './system.js';
import { testSettings } from './test-settings.js';

export const services = ['gateway', 'definitions', 'runs', 'renderer', 'packager', 'dispatcher'] as const;
export type Service = (typeof services)[number];

export interface KafkaSystemOptions {
  /** Of the folder of its logs. */
  readonly name?: string;
  /** Connection string of a server to make the database on; the one of the test run where left out. */
  readonly postgresUrl?: string;
  /** A broker that may be killed, also where the machine offers another. */
  readonly hasOwnKafka?: boolean;
  /** Of every process, over those of all tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

const isService = (name: string): name is Service => (services as readonly string[]).includes(name);

type Settings = Readonly<Record<string, string>>;

/** Six processes on a real broker and a database of their own, set up by the commands that operators use. */
export class KafkaSystem implements System {
  static readonly processes = services;
  readonly shape = 'kafka';
  readonly processes = services;
  private replicas = 0;

  private constructor(
    readonly api: string,
    readonly kafka: TestKafka,
    private readonly database: TestDatabase,
    private readonly blobs: string,
    private readonly settings: Settings,
    private readonly logs: string,
    private readonly group: ProcessGroup,
  ) {}

  static async start(options: KafkaSystemOptions = {}): Promise<KafkaSystem> {
    const [kafka, database] = await Promise.all([
      startKafka({ isOurs: options.hasOwnKafka ?? false }),
      createTestDatabase(options.postgresUrl),
    ]);
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
      ...options.settings,
    };
    const logs = logFolderOf(options.name ?? 'kafka');
    await rm(logs, { recursive: true, force: true });
    await mkdir(logs, { recursive: true });
    const processes = services.map((service, index) =>
      processOf(service, service, logs, settings, internalPorts[index]!, ports[services.length + index]!),
    );
    const api = `http://127.0.0.1:${apiPort}`;
    const group = new ProcessGroup(processes);
    const system = new KafkaSystem(api, kafka, database, blobs, settings, logs, group);
    await system.setUp().catch(async (error: unknown) => {
      await system.stop();
      throw error;
    });
    return system;
  }

  /** Of topics, consumer groups and schemas. */
  get prefix(): string {
    return this.database.prefix;
  }

  async createTenant(tenant: NewTenant) {
    return parseTenant(await this.command(...tenantArguments(tenant)));
  }

  /** A command of `mailrun`, with this system's settings. @returns what it printed */
  command(...args: string[]): Promise<string> {
    return runCommand(args, this.settings);
  }

  /** Every process, replicas included. */
  get all(): readonly ServiceProcess[] {
    return this.group.all;
  }

  /** The process of a service, or a replica by its name. */
  process(name: string): ServiceProcess {
    return this.group.named(name);
  }

  /**
   * Gives processes of services other settings and variables, with which they are started again: those named, and none to
   * the others.
   */
  async alter(altered: Partial<Record<Service, Settings>>): Promise<void> {
    await Promise.all(
      services.map(async (service) => {
        const process = this.process(service);
        const wanted = altered[service] ?? {};
        if (JSON.stringify(wanted) === JSON.stringify(process.altered)) return;
        await process.stop();
        process.altered = wanted;
        await process.start();
      }),
    );
  }

  /** Starts one more process of a service. @returns its name */
  async addReplica(service: Service, extra: Settings = {}): Promise<string> {
    this.replicas += 1;
    const name = `${service}-${this.replicas + 1}`;
    const [internalPort, managementPort] = (await freePorts(2)) as [number, number];
    const settings = { ...this.settings, ...this.process(service).altered, ...extra };
    const replica = processOf(service, name, this.logs, settings, internalPort, managementPort);
    this.group.add(replica);
    await replica.start();
    return name;
  }

  /** Ends a replica in order, for good. */
  async removeReplica(name: string): Promise<void> {
    await this.group.named(name).stop();
    this.group.remove(name);
  }

  /** Ends all that were added. */
  async removeReplicas(): Promise<void> {
    const added = this.group.all.map(({ name }) => name).filter((name) => !isService(name));
    await Promise.all(added.map((name) => this.removeReplica(name)));
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

  /** Waits until every process serves, also after an outage of what it needs. */
  async serving(): Promise<void> {
    await this.checkAlive();
    await Promise.all(this.group.all.map((process) => process.serving()));
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
      this.command('topics'),
      this.command('bootstrap').then(() => this.command('migrate')),
    ]);
    await this.group.start();
  }
}

function processOf(
  service: Service,
  name: string,
  logs: string,
  settings: Settings,
  internalPort: number,
  managementPort: number,
): ServiceProcess {
  return new ServiceProcess({
    name,
    program: [programOf(service)],
    settings: {
      ...settings,
      MAILRUN_INTERNAL_PORT: String(internalPort),
      MAILRUN_MANAGEMENT_PORT: String(managementPort),
    },
    managementPort,
    logFile: join(logs, `${name}.log`),
  });
}

import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireTool } from '../tools/require-tool.js';
import { freePort } from '../net/free-port.js';
import { serverProperties } from './server-properties.js';

const startDeadlineMs = 60_000;
const stopDeadlineMs = 20_000;

/** A single-node Kafka broker (KRaft) of our own, in a temporary folder on free ports. */
export class KafkaServer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(): Promise<KafkaServer> {
    const folder = await mkdtemp(join(tmpdir(), 'mailrun-kafka-'));
    const port = await freePort();
    const server = new KafkaServer(folder, port);
    const properties = serverProperties({
      port,
      controllerPort: await freePort(),
      dataFolder: join(folder, 'data'),
    });
    await writeFile(server.propertiesFile, properties);
    await server.format();
    await server.up();
    return server;
  }

  get brokers(): readonly string[] {
    return [`127.0.0.1:${this.port}`];
  }

  /** Starts it (again) on the same data and port; resolves when it takes requests. */
  async up(): Promise<void> {
    if (this.child !== undefined) return;
    const child = spawn(
      'java',
      [
        '-Xmx256m',
        '-Xms64m',
        '-XX:TieredStopAtLevel=1',
        ...this.classPath,
        'kafka.Kafka',
        this.propertiesFile,
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        cwd: this.folder,
      },
    );
    this.child = child;
    // A test process that ends without stop() leaves no broker behind.
    const onExit = () => child.kill('SIGKILL');
    process.once('exit', onExit);
    child.once('exit', () => process.off('exit', onExit));
    const log = createWriteStream(this.logFile, { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('took too long')), startDeadlineMs);
      const look = (chunk: Buffer) => {
        if (chunk.toString().includes('Kafka Server started')) done();
      };
      const done = (error?: Error) => {
        clearTimeout(timer);
        child.stderr.off('data', look);
        child.stdout.off('data', look);
        if (error === undefined) resolve();
        else reject(error);
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.once('exit', (code) => done(new Error(`ended with ${code}`)));
    }).catch(async (cause: unknown) => {
      await this.kill();
      const said = (await readFile(this.logFile, 'utf8')).slice(-2000);
      throw new Error(`Kafka did not start: ${said}`, { cause });
    });
  }

  /** Ends it at once, as a crash does (SIGKILL); the data stay. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Ends it orderly and removes its data. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.child?.kill('SIGKILL'), stopDeadlineMs);
    await this.end('SIGTERM');
    clearTimeout(timer);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    this.child = undefined;
  }

  private async format(): Promise<void> {
    // An id may begin with a dash: in an argument of its own it would be read as an option.
    const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
    const command = [
      'kafka.tools.StorageTool',
      'format',
      `--cluster-id=${id}`,
      `--config=${this.propertiesFile}`,
    ];
    const child = spawn('java', [...this.classPath, ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`Kafka's storage could not be formatted: ${said.slice(-2000)}`);
  }

  private get classPath(): string[] {
    return ['-cp', join(requireTool('kafka'), '*')];
  }

  private get propertiesFile(): string {
    return join(this.folder, 'server.properties');
  }

  private get logFile(): string {
    return join(this.folder, 'kafka.log');
  }
}

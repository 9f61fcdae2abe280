import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../net/free-port.js';
import { requireTool } from '../tools/require-tool.js';

const bucket = 'mailrun-test';
const credentials = { accessKeyId: 'mailrun-test', secretAccessKey: 'mailrun-test-secret' };
const startDeadlineMs = 20_000;

/** A real S3 server (versitygw over a temporary folder) with one bucket. It can be stopped and started like a store that goes away. */
export class S3Server {
  readonly bucket = bucket;
  readonly region = 'us-east-1';
  readonly credentials = credentials;
  private child: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(): Promise<S3Server> {
    const folder = await mkdtemp(join(tmpdir(), 'mailrun-s3-'));
    await mkdir(join(folder, 'data', bucket), { recursive: true });
    await mkdir(join(folder, 'metadata'));
    const server = new S3Server(folder, await freePort());
    await server.up();
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The bytes of an object as the server keeps them, for tests that damage or lose them. */
  pathOf(key: string): string {
    return join(this.folder, 'data', bucket, key);
  }

  /** Starts it again, with its data, on the same port. */
  async up(): Promise<void> {
    if (this.child !== undefined) return;
    // Attributes go to a folder of their own, since not every temporary file system keeps extended attributes.
    const child = spawn(
      requireTool('versitygw'),
      ['--port', `127.0.0.1:${this.port}`, '--region', this.region, '--keep-alive', '--quiet']
        .concat(['posix', '--sidecar', join(this.folder, 'metadata')])
        .concat(join(this.folder, 'data')),
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          ...process.env,
          ROOT_ACCESS_KEY_ID: credentials.accessKeyId,
          ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        },
      },
    );
    // A test process that ends without stop() leaves no server behind.
    const onExit = () => child.kill('SIGKILL');
    process.once('exit', onExit);
    child.once('exit', () => process.off('exit', onExit));
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`versitygw ended: ${said}`)));
    ended.catch(() => undefined); // its normal end, later
    this.child = child;
    await Promise.race([listening(this.port), ended]);
  }

  /** Kills it; the data stay. */
  async down(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.down();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function listening(port: number): Promise<void> {
  const deadline = Date.now() + startDeadlineMs;
  for (;;) {
    const socket = net.connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`Nothing listens on port ${port}.`, { cause: error });
      await new Promise((next) => setTimeout(next, 50));
    } finally {
      socket.destroy();
    }
  }
}

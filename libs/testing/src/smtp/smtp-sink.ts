import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import net from 'node:net';
import { freePort } from '../net/free-port.js';

/** Where Debian's package `postfix` puts it. */
const binary = '/usr/sbin/smtp-sink';

/** Whether `smtp-sink` is installed on this machine. */
export const hasSmtpSink = (): boolean => existsSync(binary);

export interface SmtpSinkOptions {
  /** Arguments of its own, for instance `['-W', '50']` (answers after a delay) or `['-q', '.']` (hangs up at the dot). */
  readonly args?: readonly string[];
  /** Accepts this many connections at once; more wait. */
  readonly maxConnections?: number;
}

/** Postfix's `smtp-sink`: takes mail at full speed and throws it away. For measuring, and for faults that it knows. */
export class SmtpSink {
  readonly host = '127.0.0.1';

  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  static async start({ args = [], maxConnections = 400 }: SmtpSinkOptions = {}): Promise<SmtpSink> {
    const port = await freePort();
    // As root it wants a user to become.
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const child = spawn(
      binary,
      [...user, '-m', String(maxConnections), ...args, `127.0.0.1:${port}`, '1024'],
      {
        stdio: 'ignore',
      },
    );
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`smtp-sink ended with code ${String(code)}.`);
    });
    failed.catch(() => undefined); // its normal end, later
    await Promise.race([listening(port), failed]);
    return new SmtpSink(port, child);
  }

  /** Its process id, for processor times. */
  get pid(): number {
    return this.child.pid!;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}

/** Resolves when something accepts connections at the port; gives up after ten seconds. */
async function listening(port: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => setTimeout(() => resolve(false), 20));
    });
    if (isOpen) return;
    if (Date.now() > deadline) throw new Error(`Nothing listens at port ${port}.`);
  }
}

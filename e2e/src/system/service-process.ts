import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { machineEnvironment, root } from './places.js';
import { GiveUp, until } from './until.js';

const startDeadlineMs = 120_000;
const stopDeadlineMs = 30_000;
const lastWordsCharacters = 3000;

export interface ServiceProcessOptions {
  readonly name: string;
  /** File and arguments for Node.js. */
  readonly program: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  /** Answers 200 at `/health/ready` when the process serves. */
  readonly managementPort: number;
  /** Everything that it says is added there. */
  readonly logFile: string;
}

/** One process of the system under test: started, watched, killed, started again, stopped. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  /** Set by kill and stop: the end was asked for. */
  private isEnding = false;
  private isFrozen = false;
  /** Settings and variables of every start from now on, over those it has. */
  altered: Readonly<Record<string, string>> = {};

  constructor(private readonly options: ServiceProcessOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** Why it ended by itself; undefined while it lives, or when it was ended by us. */
  get unexpectedEnd(): string | undefined {
    const { child } = this;
    if (child === undefined || this.isEnding) return undefined;
    if (child.exitCode === null && child.signalCode === null) return undefined;
    return `${this.name} ended by itself with ${child.exitCode ?? child.signalCode}`;
  }

  get isRunning(): boolean {
    const { child } = this;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /**
   * Starts it (again) and waits until it serves.
   * @param extra settings and variables of this one start
   */
  async start(extra: Readonly<Record<string, string>> = {}): Promise<void> {
    const { program, settings, logFile } = this.options;
    const child = spawn(process.execPath, [...program], {
      cwd: root,
      env: { ...machineEnvironment(), ...settings, ...this.altered, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.isEnding = false;
    this.isFrozen = false;
    const log = createWriteStream(logFile, { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    // A test run that is cut off leaves no process behind.
    const cut = () => child.kill('SIGKILL');
    process.once('exit', cut);
    child.once('exit', () => process.off('exit', cut));
    // Its last words may come after its end.
    child.once('close', () => log.end());
    await this.serving().catch(async (error: unknown) => {
      await this.kill();
      throw error;
    });
  }

  /** Stands still from now on (SIGSTOP), as a machine that is suspended; its connections stay open. */
  freeze(): void {
    this.isFrozen = true;
    this.child?.kill('SIGSTOP');
  }

  /** Goes on where it stood still (SIGCONT), and knows nothing of the time between. */
  thaw(): void {
    this.isFrozen = false;
    this.child?.kill('SIGCONT');
  }

  /** Ends it at once, in the middle of whatever it does. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** An orderly end; a hard one, and an error, when that takes too long. */
  async stop(): Promise<void> {
    if (this.child === undefined) return;
    if (this.isFrozen) this.thaw();
    const timer = AbortSignal.timeout(stopDeadlineMs);
    const late = new Promise<'late'>((resolve) => timer.addEventListener('abort', () => resolve('late')));
    if ((await Promise.race([this.end('SIGTERM'), late])) !== 'late') return;
    await this.end('SIGKILL');
    throw new Error(`${this.name} did not stop within ${stopDeadlineMs} ms. ${await this.lastWords()}`);
  }

  /** The end of its log, and where all of it is. */
  async lastWords(): Promise<string> {
    const { logFile } = this.options;
    const text = await readFile(logFile, 'utf8').catch(() => '');
    return `Its last words (${logFile}):\n${text.slice(-lastWordsCharacters)}`;
  }

  /** Waits until it serves, also after an outage of what it needs. */
  async serving(): Promise<void> {
    const url = `http://127.0.0.1:${this.options.managementPort}/health/ready`;
    await until(
      `${this.name} to be ready`,
      async () => {
        if (this.unexpectedEnd !== undefined) throw new GiveUp(this.unexpectedEnd);
        const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
        const report = await response.text();
        if (response.status !== 200) throw new Error(report);
        return true;
      },
      { deadlineMs: startDeadlineMs },
    ).catch(async (cause: unknown) => {
      throw new Error(`${this.name} does not serve. ${await this.lastWords()}`, { cause });
    });
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { child } = this;
    this.isEnding = true;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}

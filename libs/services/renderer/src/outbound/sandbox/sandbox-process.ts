import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Outage, errorMessage } from '@mailrun/platform-errors';
import { compilingSource, renderingSource } from './isolate/isolate-source.js';
import type { SandboxAnswer, SandboxCall, SandboxSetup } from './process-protocol.js';
import { lineLimit, type SandboxSettings } from './sandbox-settings.js';

/** The process ended instead of answering. */
export interface Death {
  readonly kind: 'died';
  readonly reason: 'timeout' | 'out-of-memory' | 'crashed';
}

const startDeadlineMs = 20_000;
const maxStderrLength = 2000;
const require = createRequire(import.meta.url);
// The same extension as this file: TypeScript when run from source (Node.js strips types), else JavaScript.
const main = fileURLToPath(new URL(`./sandbox-process.main${extname(import.meta.url)}`, import.meta.url));

/** What the process may read: itself, isolated-vm, and the file by which its loader tells musl from glibc. */
const readable = [
  dirname(main),
  '/etc/alpine-release',
  ...['isolated-vm', 'node-gyp-build'].map((name) => dirname(require.resolve(`${name}/package.json`))),
];

const nodeOptions = [
  '--no-node-snapshot', // isolated-vm asks for it
  '--max-old-space-size=256',
  // The default for small heaps is so small that half of the time went into copying live objects. Counts against
  // the isolates' limit.
  '--min-semi-space-size=2',
  '--max-semi-space-size=4',
  '--disable-warning=ExperimentalWarning',
  // A second wall: JavaScript that ever left an isolate could still open no file and start no process.
  '--permission',
  '--allow-addons',
  ...readable.map((path) => `--allow-fs-read=${path}`),
];

/** Nothing of this process's environment is handed on. Dates and locales must not depend on the machine. */
const environment = {
  TZ: 'UTC',
  LC_ALL: 'en_US.UTF-8',
  ...(process.env.SYSTEMROOT !== undefined && { SYSTEMROOT: process.env.SYSTEMROOT }),
};

let vashSource: string | undefined;

/** One sandbox process, as its owner sees it. Takes one call at a time; dead ones stay dead. */
export class SandboxProcess {
  /** Programs that it holds, the least recently used first. */
  readonly programs = new Set<string>();
  private waiting: ((answer: SandboxAnswer | Death) => void) | undefined;
  private death: Death | undefined;
  private lastWord: Death['reason'] | undefined;
  private stderr = '';
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
    child.on('message', (answer: SandboxAnswer) => {
      if (answer.kind === 'dying') this.lastWord = answer.reason;
      else this.settle(answer);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-maxStderrLength);
    });
    child.on('error', () => this.onDeath());
    child.on('exit', () => this.onDeath());
  }

  /** Throws an Outage when no process can be started: that is never a template's fault. */
  static async start(settings: SandboxSettings): Promise<SandboxProcess> {
    vashSource ??= readFileSync(require.resolve('vash/build/vash.js'), 'utf8');
    const setup: SandboxSetup = { vashSource, compilingSource, renderingSource, lineLimit, ...settings };
    let child: ChildProcess;
    try {
      child = fork(main, [], {
        execPath: process.execPath,
        execArgv: nodeOptions,
        env: environment,
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
    } catch (error) {
      throw unavailable(errorMessage(error));
    }
    const started = new SandboxProcess(child);
    const answer = await started.exchange(setup, startDeadlineMs);
    if (answer.kind === 'ready') return started;
    started.kill('crashed');
    throw unavailable(started.stderr);
  }

  get isDead(): boolean {
    return this.death !== undefined;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Kills the process when there is no answer in time. */
  call(call: SandboxCall, deadlineMs: number): Promise<SandboxAnswer | Death> {
    return this.exchange(call, deadlineMs);
  }

  kill(reason: Death['reason']): void {
    this.lastWord ??= reason;
    this.child.kill('SIGKILL');
  }

  private exchange(message: SandboxCall | SandboxSetup, deadlineMs: number): Promise<SandboxAnswer | Death> {
    if (this.death) return Promise.resolve(this.death);
    return new Promise((resolve) => {
      const deadline = setTimeout(() => this.kill('timeout'), deadlineMs);
      this.waiting = (answer) => {
        clearTimeout(deadline);
        resolve(answer);
      };
      // A failed send means a dying process: its exit answers.
      this.child.send(message, () => undefined);
    });
  }

  private settle(answer: SandboxAnswer | Death): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.(answer);
  }

  private onDeath(): void {
    this.death ??= { kind: 'died', reason: this.lastWord ?? 'crashed' };
    this.settle(this.death);
  }
}

const unavailable = (why: string) =>
  new Outage('renderer.sandbox-unavailable', `The template sandbox can not be started. ${why}`.trim());

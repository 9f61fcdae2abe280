import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Place } from '../frame/place.js';
import { profilesFolder } from './profiling.js';

export type Settings = Readonly<Record<string, string>>;

const root = resolve(import.meta.dirname, '../../..');
/** Logs of the measured processes; they stay until the next run. */
const logs = join(root, '.cache', 'bench-logs');
const programOf = (app: string, file: string) => join(root, 'apps', app, 'dist', file);
const readyDeadlineMs = 60_000;
const stopDeadlineMs = 30_000;

/** A built app as a process of its own. */
export interface Program {
  readonly pid: number;
  /** @throws with its last words when it ended by itself */
  checkAlive(): Promise<void>;
}

export interface ProgramOptions {
  /** Folder in `apps`. */
  readonly app: string;
  readonly args?: readonly string[];
  readonly settings: Settings;
}

/** Starts an app and waits until it is ready. */
export async function startProgram(options: ProgramOptions, place: Place): Promise<Program> {
  const { app, args = [], settings } = options;
  const managementPort = await freePort();
  await mkdir(logs, { recursive: true });
  const logFile = join(logs, `${app}.log`);
  const log = createWriteStream(logFile);
  const child = spawn(process.execPath, [...profiling(app), programOf(app, 'main.js'), ...args], {
    cwd: root,
    env: {
      ...machineEnvironment(),
      ...settings,
      MAILRUN_MANAGEMENT_HOST: '127.0.0.1',
      MAILRUN_MANAGEMENT_PORT: String(managementPort),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  place.atEnd(() => end(child));
  const checkAlive = async () => {
    if (child.exitCode === null && child.signalCode === null) return;
    const words = (await readFile(logFile, 'utf8')).slice(-3000);
    throw new Error(`${app} ended by itself. Its last words (${logFile}):\n${words}`);
  };
  const ready = `http://127.0.0.1:${managementPort}/health/ready`;
  const giveUpAt = performance.now() + readyDeadlineMs;
  while (!(await isReady(ready))) {
    await checkAlive();
    if (performance.now() > giveUpAt) throw new Error(`${app} was not ready in time; see ${logFile}.`);
    await delay(100);
  }
  return { pid: child.pid!, checkAlive };
}

/** A command of `mailrun`, as an operator would type it. @returns what it printed */
export async function runCommand(args: readonly string[], settings: Settings): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [programOf('standalone', 'mailrun.js'), ...args],
    { cwd: root, env: { ...machineEnvironment(), ...settings }, timeout: readyDeadlineMs },
  );
  return stdout;
}

/** A live tenant of its own. @returns its API key, which may do everything */
export async function createTenant(
  name: string,
  args: readonly string[],
  settings: Settings,
): Promise<string> {
  const printed = await runCommand(['tenants', 'create', `--name=${name}`, '--live', ...args], settings);
  const key = /\b(mr_\S+)/.exec(printed)?.[1];
  if (key === undefined) throw new Error(`No API key is named in: ${printed}`);
  return key;
}

/** A TCP port of the loopback interface on which nobody listens at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

function profiling(app: string): string[] {
  const folder = profilesFolder();
  if (folder === undefined) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${app}.cpuprofile`];
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // nobody listens yet
  }
}

/** Orderly; hard when that takes too long. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
  await ended;
  clearTimeout(timer);
}

/** What a process gets of this machine; all that it knows of Mailrun is said by its settings. */
function machineEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

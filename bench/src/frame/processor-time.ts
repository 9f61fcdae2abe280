import { readFile, readdir } from 'node:fs/promises';

/** Ticks of /proc are hundredths of a second on every Linux that Node.js runs on (USER_HZ). */
const msPerTick = 10;

interface ProcessTimes {
  readonly parent: number;
  readonly ownMs: number;
  /** Of children that ended and were waited for. */
  readonly endedMs: number;
}

async function timesOf(pid: number): Promise<ProcessTimes | undefined> {
  // A process that just ended has none.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // Fields are counted after the command's name, which may hold blanks: man 5 proc_pid_stat.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [parent = 0] = fields.slice(1);
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11);
  return { parent, ownMs: (user + system) * msPerTick, endedMs: (endedUser + endedSystem) * msPerTick };
}

/** Of every process its parent, now. Reading it takes milliseconds: ask once for several trees. */
export async function processParents(): Promise<ReadonlyMap<number, number>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map<number, number>();
  for (const pid of pids) {
    const times = await timesOf(pid);
    if (times !== undefined) parents.set(pid, times.parent);
  }
  return parents;
}

/** The process and all below it, itself first. */
export async function processTree(root: number, known?: ReadonlyMap<number, number>): Promise<number[]> {
  const parents = known ?? (await processParents());
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (pid === root || isBelow(parents.get(pid)));
  return [root, ...[...parents.keys()].filter((pid) => pid !== root && isBelow(pid))];
}

/** Processor time of this process so far, in milliseconds, without the processes that it started. */
export function ownProcessorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Processor time of another process so far, in milliseconds, without those below it. Linux only. */
export async function processorMsOf(pid: number): Promise<number> {
  return (await timesOf(pid))?.ownMs ?? 0;
}

/** Processor time of the processes below one, also of those that ended, in milliseconds. Linux only. */
export async function processorMsBelow(pid: number): Promise<number> {
  const [root, ...below] = await Promise.all((await processTree(pid)).map(timesOf));
  return below.reduce((sum, times) => sum + (times?.ownMs ?? 0) + (times?.endedMs ?? 0), root?.endedMs ?? 0);
}

/** Resident memory of a process and those below it, in bytes. */
export async function residentBytes(root: number, parents: ReadonlyMap<number, number>): Promise<number> {
  const each = (await processTree(root, parents)).map(async (pid) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  });
  return (await Promise.all(each)).reduce((sum, bytes) => sum + bytes, 0);
}

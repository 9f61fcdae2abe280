import { processParents, residentBytes } from '../frame/processor-time.js';
import type { System } from './system.js';

const lookEveryMs = 500;

/** In MiB by service, with what it started: what 95 of 100 looks found at most while something is done. */
export async function residentWhile(
  system: System,
  work: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const looks = new Map<string, number[]>(Object.keys(system.pids).map((name) => [name, []]));
  const look = async () => {
    const parents = await processParents();
    for (const [name, pid] of Object.entries(system.pids)) {
      looks.get(name)!.push(await residentBytes(pid, parents));
    }
  };
  const timer = setInterval(() => void look(), lookEveryMs);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Object.fromEntries([...looks].map(([name, bytes]) => [name, percentile(bytes, 0.95) / 2 ** 20]));
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(part * (sorted.length - 1))] ?? NaN;
}

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { logFolderOf } from '../../system/places.js';
import type { DrillResult } from '../drill.js';
import type { Ground } from '../ground/ground.js';
import { runDrill } from '../runner/run-drill.js';
import { notices, type Mutation } from './mutation.js';
import { writePatchedCopies } from './patched-copies.js';

/** What is final on a sound system is so long before; what never will be is not waited for. */
const usualDeadlineMs = 15_000;

export interface MutationResult {
  readonly mutation: string;
  readonly drill: string;
  /** Whether the drill failed, and in the way in which it should. */
  readonly isNoticed: boolean;
  /** How the drill said so, or what it says instead. */
  readonly says: string;
  readonly seconds: number;
}

/** Plays the drill of a mutation on the mutated system. The ground is sound again afterwards. */
export async function playMutation(
  mutation: Mutation,
  ground: Ground,
  seed: number,
): Promise<MutationResult> {
  const startedAt = performance.now();
  const folder = join(logFolderOf(ground.name), 'mutations', mutation.name);
  await rm(folder, { recursive: true, force: true });
  const copies = await writePatchedCopies(mutation.changes, folder);
  const { service, settings = {}, drill, finalDeadlineMs = usualDeadlineMs } = mutation;
  await ground.system.alter({ ...settings, [service]: { ...settings[service], ...copies.environment } });
  try {
    const result = await runDrill(drill, ground, { seed, isShort: true, finalDeadlineMs });
    if (!copies.wereLoaded()) throw new Error(`No process has loaded what was changed for ${mutation.name}.`);
    const isNoticed = notices[mutation.noticedBy](result);
    return {
      ...{ mutation: mutation.name, drill: drill.name, isNoticed },
      says: isNoticed ? mutation.noticedBy : wordsOf(result),
      seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    };
  } finally {
    await makeSound(ground);
  }
}

/** Plays the same drill, with the same settings, on the system as it is: it holds, or the mutation proves nothing. */
export async function playSound(
  { settings = {}, drill, finalDeadlineMs = usualDeadlineMs }: Mutation,
  ground: Ground,
  seed: number,
): Promise<DrillResult> {
  await ground.system.alter(settings);
  try {
    return await runDrill(drill, ground, { seed, isShort: true, finalDeadlineMs });
  } finally {
    await makeSound(ground);
  }
}

/** Also what a drill that failed has left behind. */
async function makeSound(ground: Ground): Promise<void> {
  await ground.restore();
  await ground.system.removeReplicas();
  await ground.system.alter({});
}

const wordsOf = ({ failures }: DrillResult): string => failures[0] ?? 'it held';

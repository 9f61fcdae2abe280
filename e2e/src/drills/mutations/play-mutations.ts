import type { DrillResult } from '../drill.js';
import { Ground } from '../ground/ground.js';
import { linesOf } from '../runner/table.js';
import type { Mutation } from './mutation.js';
import { playMutation, playSound, type MutationResult } from './play-mutation.js';

export interface MutationProof extends MutationResult {
  /** What the same drill says about the system as it is: it must hold. */
  readonly sound: DrillResult;
}

/** Plays the drill of each mutation twice: on the system as it is, and on the mutated one. */
export async function playMutations(
  mutations: readonly Mutation[],
  seed: number,
  played: (proof: MutationProof) => void,
  signal: AbortSignal,
): Promise<MutationProof[]> {
  const proofs: MutationProof[] = [];
  const ground = await Ground.start('mutations');
  try {
    for (const mutation of mutations) {
      if (signal.aborted) break;
      const sound = await playSound(mutation, ground, seed);
      const proof = { ...(await playMutation(mutation, ground, seed)), sound };
      proofs.push(proof);
      played(proof);
    }
  } finally {
    await ground.stop();
  }
  return proofs;
}

/** Whether the drill tells the mutated system from the sound one. */
export const isProved = ({ sound, isNoticed }: MutationProof): boolean =>
  sound.failures.length === 0 && isNoticed;

/** In Markdown. */
export const proofTableOf = (proofs: readonly MutationProof[]): string =>
  linesOf(
    ['mutation', 'drill', 'sound system', 'mutated: noticed by', 's', ''],
    proofs.map((proof) => [
      proof.mutation,
      proof.drill,
      proof.sound.failures[0] ?? 'held',
      proof.isNoticed ? proof.says : `not noticed: ${proof.says}`,
      (proof.sound.seconds + proof.seconds).toFixed(1),
      isProved(proof) ? 'proved' : 'FAILED',
    ]),
  );

import { mutations } from './index.js';
import { isProved, playMutations, proofTableOf } from './play-mutations.js';

/**
 * Plays mutations and says what came of them; the last line is JSON.
 * @param names of some; all where there are none
 * @returns the exit code
 */
export async function provedByMutations(
  names: readonly string[],
  seed: number,
  signal: AbortSignal,
): Promise<number> {
  const unknown = names.filter((name) => mutations.every((mutation) => mutation.name !== name));
  if (unknown.length > 0) {
    process.stderr.write(
      `Unknown: ${unknown.join(', ')}. There are ${mutations.map(({ name }) => name).join(', ')}.\n`,
    );
    return 2;
  }
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const chosen = mutations.filter(({ name }) => names.length === 0 || names.includes(name));
  say(`Seed ${seed}.`);
  const startedAt = performance.now();
  const proofs = await playMutations(
    chosen,
    seed,
    (proof) => {
      const { service, what } = mutations.find(({ name }) => name === proof.mutation)!;
      say(`${proof.mutation}: ${service} ${what}`);
      say(
        `  sound: ${proof.sound.failures.length === 0 ? 'held' : 'FAILED'} after ${proof.sound.seconds} s; ` +
          `mutated: ${proof.isNoticed ? 'noticed' : 'NOT NOTICED'} after ${proof.seconds} s, ${proof.says}`,
      );
      for (const failure of proof.sound.failures) say(`  sound: ${failure}`);
    },
    signal,
  );
  say(`\n${proofTableOf(proofs)}\n`);
  const proved = proofs.filter(isProved).length;
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  say(JSON.stringify({ mutations: chosen.length, noticed: proved, seconds }));
  return proved === chosen.length ? 0 : 1;
}

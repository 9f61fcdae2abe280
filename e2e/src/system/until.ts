import { setTimeout as delay } from 'node:timers/promises';

export interface Deadline {
  readonly deadlineMs?: number;
  /** Rest between two looks. */
  readonly everyMs?: number;
}

/**
 * Looks again and again until there is something, and answers it.
 * @param what is waited for, as the error says it
 * @throws when the deadline has passed; what the last look threw is its cause
 */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined>,
  { deadlineMs = 30_000, everyMs = 50 }: Deadline = {},
): Promise<Value> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    let cause: unknown;
    const found = await look().catch((error: unknown) => {
      if (error instanceof GiveUp) throw error;
      cause = error;
      return undefined;
    });
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`Waited ${deadlineMs} ms for ${what}.`, { cause });
    await delay(everyMs);
  }
}

/** Thrown by a look that knows that waiting is of no use. */
export class GiveUp extends Error {}

const minuteMs = 60_000;

/** The first delay before a mail is tried again, where the installation does not say. */
export const defaultFirstRetryMs = minuteMs;
/** Delays before the next try of a mail, in first delays, by the number of tries that counted; the last one repeats. */
const retryFactors = [1, 5, 15, 30, 60];
/** How much each delay varies, so that what failed together does not come again together. */
const jitter = 0.2;

/** How long a mail is tried where its definition does not say: RFC 5321 4.5.4.1 asks for four days at most. */
export const defaultGiveUpAfterHours = 72;

/** @param retries tries that counted, this one included (from 1). @param random from 0 to 1 */
export function retryDelayMs(retries: number, random: number, firstMs = defaultFirstRetryMs): number {
  const factor = retryFactors[Math.min(retries, retryFactors.length) - 1] ?? retryFactors[0]!;
  return Math.round(factor * firstMs * (1 + jitter * (2 * random - 1)));
}

/** How long a server is left alone after so many faults in a row: probed, not hammered, yet back within ten seconds. */
export function serverPauseMs(faults: number, random: number): number {
  const seconds = Math.min(2 ** (Math.max(faults, 1) - 1), 5);
  return Math.round(seconds * 1000 * (1 + jitter * random));
}

/** With refused credentials new settings end the pause at once; probing is for a password corrected on the server. */
export const credentialsPauseMs = (random: number): number =>
  Math.round(5 * minuteMs * (1 + jitter * random));

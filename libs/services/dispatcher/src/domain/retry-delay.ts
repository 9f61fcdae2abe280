const minuteMs = 60_000;

/** Delays before the next try of a mail, by the number of tries that counted; the last one repeats. */
const retryMinutes = [1, 5, 15, 30, 60];
/** How much each delay varies, so that what failed together does not come again together. */
const jitter = 0.2;

/** After this long a mail that was never taken is given up. */
export const giveUpAfterMs = 72 * 60 * minuteMs;

/** @param retries tries that counted, this one included (from 1). @param random from 0 to 1 */
export function retryDelayMs(retries: number, random: number): number {
  const minutes = retryMinutes[Math.min(retries, retryMinutes.length) - 1] ?? retryMinutes[0]!;
  return Math.round(minutes * minuteMs * (1 + jitter * (2 * random - 1)));
}

/** How long a server is left alone after so many faults in a row: probed, not hammered, yet back within ten seconds. */
export function serverPauseMs(faults: number, random: number): number {
  const seconds = Math.min(1 * 2 ** (Math.max(faults, 1) - 1), 8);
  return Math.round(seconds * 1000 * (1 + jitter * random));
}

/** With refused credentials: new settings end the pause at once. */
export const credentialsPauseMs = 5 * minuteMs;

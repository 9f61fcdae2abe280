/** Counts how often a record was replayed; absent where it never was. */
export const replaysHeader = 'replays';

/**
 * A record is replayed for three days after it was produced: what it names (a body left as a claim, a sealed mail)
 * is kept that long, and the dispatcher knows its copy for much longer, so that a replay can't mail anything twice.
 */
const replayableForMs = 3 * 24 * 60 * 60 * 1000;

/** The latest time that a Date can hold (ECMA-262). */
const latestMs = 8.64e15;

interface Replayable {
  readonly headers: Readonly<Record<string, string>>;
  readonly failedAt: string;
}

/** Until when a dead letter may be replayed. Headers may say anything: none makes it longer than by its death. */
export function replayableUntil({ headers, failedAt }: Replayable): Date {
  const died = Date.parse(failedAt);
  const produced = Date.parse(headers['produced-at'] ?? '');
  const from = Number.isNaN(produced) ? died : Math.min(produced, died);
  return new Date(Math.min((Number.isNaN(from) ? 0 : from) + replayableForMs, latestMs));
}

export const replaysOf = (headers: Readonly<Record<string, string>>): number => {
  const replays = Number(headers[replaysHeader] ?? 0);
  return Number.isSafeInteger(replays) && replays >= 0 ? replays : 0;
};

/**
 * The headers with which a dead record is published again. A person decided so now: `fed-at` is new, where there was
 * one, or the intake would drop what is older than a day. `produced-at` stays, since a mail shows that time.
 */
export function replayedHeaders(
  headers: Readonly<Record<string, string>>,
  now: Date,
): Record<string, string> {
  return {
    ...headers,
    ...(headers['fed-at'] !== undefined && { 'fed-at': now.toISOString() }),
    [replaysHeader]: String(replaysOf(headers) + 1),
  };
}

import type { ServerConnection } from '@mailrun/contracts';

/** What a message server may use, as configured. */
export type Limits = Pick<ServerConnection, 'messagesPerMinute' | 'maxConnections' | 'limits'>;

/** What the servers of one limit group may use together: of each limit the lowest that one of them says. */
export function sharedLimits(servers: readonly Limits[]): Limits {
  const rates = servers.flatMap(({ messagesPerMinute }) => messagesPerMinute ?? []);
  const byPeriod = Map.groupBy(
    servers.flatMap(({ limits }) => limits),
    ({ count, per }) => `${count}/${per}`,
  );
  return {
    messagesPerMinute: rates.length > 0 ? Math.min(...rates) : null,
    maxConnections: Math.min(...servers.map(({ maxConnections }) => maxConnections)),
    limits: [...byPeriod.values()].map((same) => ({
      ...same[0]!,
      max: Math.min(...same.map(({ max }) => max)),
    })),
  };
}

import type { Transaction } from '@mailrun/platform-persistence';
import type { ServerRef } from './server-limits.port.js';

/** Message servers that a person paused, as every claim and every commit that marks mails reads them. */
export abstract class PausedServers {
  /** @returns since when it is paused, and whether it was paused before */
  abstract put(
    tx: Transaction,
    server: ServerRef,
  ): Promise<{ readonly since: Date; readonly wasPaused: boolean }>;

  /** @returns since when it was paused; undefined when it was not */
  abstract remove(tx: Transaction, server: ServerRef): Promise<Date | undefined>;

  /** Since when, by key; those that are not paused are left out. */
  abstract since(tenantId: string, serverKeys: readonly string[]): Promise<ReadonlyMap<string, Date>>;

  /** Of all tenants. */
  abstract count(): Promise<number>;

  /** Of these runs those that have, or a moment ago had, mails for a paused server. */
  abstract waitingRuns(
    tenantId: string,
    runIds: readonly string[],
  ): Promise<{ readonly runId: string; readonly serverKey: string }[]>;
}

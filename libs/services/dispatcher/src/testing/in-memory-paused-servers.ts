import { PausedServers } from '../application/ports/paused-servers.port.js';
import type { ServerRef } from '../application/ports/server-limits.port.js';
import type { InMemoryLedger } from './in-memory-ledger.js';

/** Pauses in the ledger, which reads them as PostgreSQL's statements read the table. */
export class InMemoryPausedServers extends PausedServers {
  constructor(private readonly ledger: InMemoryLedger) {
    super();
  }

  async put(_: unknown, server: ServerRef) {
    const known = this.ledger.pausedServers.get(nameOf(server));
    const since = known ?? new Date(this.ledger.now());
    this.ledger.pausedServers.set(nameOf(server), since);
    return { since, wasPaused: known !== undefined };
  }

  async remove(_: unknown, server: ServerRef): Promise<Date | undefined> {
    const since = this.ledger.pausedServers.get(nameOf(server));
    this.ledger.pausedServers.delete(nameOf(server));
    return since;
  }

  async since(tenantId: string, serverKeys: readonly string[]): Promise<ReadonlyMap<string, Date>> {
    return new Map(
      serverKeys.flatMap((serverKey) => {
        const since = this.ledger.pausedServers.get(nameOf({ tenantId, serverKey }));
        return since === undefined ? [] : [[serverKey, since] as const];
      }),
    );
  }

  async count(): Promise<number> {
    return this.ledger.pausedServers.size;
  }

  async waitingRuns(tenantId: string, runIds: readonly string[]) {
    const waiting = new Map<string, { runId: string; serverKey: string }>();
    for (const { mail, sealed, dueAt } of this.ledger.rows.values()) {
      if (mail.tenantId !== tenantId || !runIds.includes(mail.runId) || !sealed || dueAt === undefined)
        continue;
      const { serverKey } = sealed;
      if (this.ledger.pausedServers.has(nameOf({ tenantId, serverKey })))
        waiting.set(`${mail.runId}/${serverKey}`, { runId: mail.runId, serverKey });
    }
    return [...waiting.values()];
  }
}

const nameOf = ({ tenantId, serverKey }: ServerRef): string => `${tenantId}/${serverKey}`;

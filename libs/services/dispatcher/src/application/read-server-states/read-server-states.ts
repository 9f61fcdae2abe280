import type { PausedServers } from '../ports/paused-servers.port.js';
import type { ServerLimits, ServerState, ServerUse } from '../ports/server-limits.port.js';

/** How message servers are used now; one that was never used is at rest. */
export class ReadServerStates {
  constructor(
    private readonly limits: ServerLimits,
    private readonly paused: PausedServers,
  ) {}

  async read(tenantId: string, serverKeys: readonly string[]): Promise<ServerState[]> {
    const used = new Map((await this.limits.use(tenantId, serverKeys)).map((one) => [one.serverKey, one]));
    const paused = await this.paused.since(tenantId, serverKeys);
    return serverKeys.map((serverKey) => ({
      ...(used.get(serverKey) ?? atRest(tenantId, serverKey)),
      pausedSince: paused.get(serverKey),
    }));
  }
}

const atRest = (tenantId: string, serverKey: string): ServerUse => ({
  tenantId,
  serverKey,
  circuit: 'closed',
  cause: undefined,
  faults: 0,
  openedAt: undefined,
  retryAt: undefined,
  sentPerMinute: 0,
  connections: 0,
  reducedRate: undefined,
  reducedConnections: undefined,
  usedUpUntil: undefined,
});

import type { ServerLimits, ServerUse } from '../ports/server-limits.port.js';

/** How message servers are used now; one that was never used is at rest. */
export class ReadServerStates {
  constructor(private readonly limits: ServerLimits) {}

  async read(tenantId: string, serverKeys: readonly string[]): Promise<ServerUse[]> {
    const used = new Map((await this.limits.use(tenantId, serverKeys)).map((one) => [one.serverKey, one]));
    return serverKeys.map((serverKey) => used.get(serverKey) ?? atRest(tenantId, serverKey));
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

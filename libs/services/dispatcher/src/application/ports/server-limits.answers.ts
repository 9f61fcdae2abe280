import type { Granted, Share } from '../../domain/grant-limits.js';
import type { ServerHealth } from '../../domain/server-health.js';
import type { LimitedServer, LimitGrant, ServerRef, ServerUse } from './server-limits.port.js';

/** A replica, towards the server of which it has a share. */
export const holderOf = (replica: string, { serverKey }: ServerRef): string => `${replica}/${serverKey}`;

/** Under which key the health of a server's group is kept: one that no server can have. */
export const groupRef = ({ tenantId, limitGroup }: LimitedServer): ServerRef | undefined =>
  limitGroup === undefined ? undefined : { tenantId, serverKey: `group:${limitGroup}` };

/** What was decided about one request, as every adapter answers it. */
export function grantFrom({ tenantId, serverKey }: ServerRef, granted: Granted, nowMs: number): LimitGrant {
  const { health, connections, lanes, intervalMs, credits, isShort } = granted;
  return {
    tenantId,
    serverKey,
    circuit: health.circuit,
    connections,
    retryInMs: health.circuit === 'open' ? Math.max((health.retryAt ?? nowMs) - nowMs, 0) : 0,
    cause: health.cause,
    slots: intervalMs === undefined ? undefined : { intervalMs, lanes, nowMs },
    credits,
    isShort,
  };
}

/** A server as it is used now. */
export function useOf(
  { tenantId, serverKey }: ServerRef,
  health: ServerHealth,
  shares: readonly Share[],
): ServerUse {
  const timeOf = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms));
  return {
    tenantId,
    serverKey,
    circuit: health.circuit,
    cause: health.cause,
    faults: health.faults,
    openedAt: timeOf(health.openedAt),
    retryAt: timeOf(health.retryAt),
    sentPerMinute: shares.reduce((sum, share) => sum + share.sentPerMinute, 0),
    connections: shares.reduce((sum, share) => sum + share.granted, 0),
    reducedRate: health.rate?.now,
    reducedConnections: health.connections?.now,
    usedUpUntil: timeOf(health.usedUpUntil),
  };
}

import { grantFrom, useOf } from '../application/ports/server-limits.answers.js';
import {
  ServerLimits,
  type LimitGrant,
  type LimitRequest,
  type ServerRef,
  type ServerUse,
} from '../application/ports/server-limits.port.js';
import { grantLimits, type Share } from '../domain/grant-limits.js';
import { healthy, hearNews, type ServerHealth, type ServerReport } from '../domain/server-health.js';

interface Server {
  health: ServerHealth;
  readonly shares: Map<string, Share & { readonly leaseUntil: number }>;
}

/** Limits in memory, shared by whoever is given the same instance. */
export class InMemoryServerLimits extends ServerLimits {
  private readonly servers = new Map<string, Server>();

  /** @param now milliseconds of the clock that all replicas share */
  constructor(
    private readonly now: () => number = Date.now,
    private readonly random: () => number = Math.random,
  ) {
    super();
  }

  async renew(holder: string, leaseMs: number, requests: readonly LimitRequest[]): Promise<LimitGrant[]> {
    return requests.map((request) => {
      const now = this.now();
      const server = this.serverOf(request, request.settingsVersion);
      const others = this.sharesOf(server).filter((share) => share.holder !== holder);
      const granted = grantLimits(server.health, others, holder, request, leaseMs, now);
      server.health = granted.health;
      server.shares.set(holder, { ...granted.share, leaseUntil: now + leaseMs });
      return grantFrom(request, granted, now);
    });
  }

  async report(holder: string, ref: ServerRef, report: ServerReport) {
    const server = this.serverOf(ref, report.settingsVersion);
    const shares = this.sharesOf(server);
    const load = {
      sentPerMinute: shares.reduce((sum, share) => sum + share.sentPerMinute, 0),
      connections: shares.reduce((sum, share) => sum + share.granted, 0),
    };
    const before = server.health.circuit;
    server.health = hearNews(server.health, holder, report, load, this.now(), this.random());
    return { before, after: server.health.circuit };
  }

  async release(holder: string, refs: readonly ServerRef[]): Promise<void> {
    for (const ref of refs) this.servers.get(nameOf(ref))?.shares.delete(holder);
  }

  async use(tenantId: string, serverKeys: readonly string[]): Promise<ServerUse[]> {
    return serverKeys.flatMap((serverKey) => {
      const ref = { tenantId, serverKey };
      const server = this.servers.get(nameOf(ref));
      return server ? [useOf(ref, server.health, this.sharesOf(server))] : [];
    });
  }

  private serverOf(ref: ServerRef, settingsVersion: number): Server {
    const known = this.servers.get(nameOf(ref));
    if (known) return known;
    const server = { health: healthy(settingsVersion), shares: new Map() };
    this.servers.set(nameOf(ref), server);
    return server;
  }

  private sharesOf({ shares }: Server): Share[] {
    return [...shares.values()].filter(({ leaseUntil }) => leaseUntil > this.now());
  }
}

const nameOf = ({ tenantId, serverKey }: ServerRef): string => `${tenantId}/${serverKey}`;

import { grantFrom, groupRef, holderOf, useOf } from '../application/ports/server-limits.answers.js';
import {
  ServerLimits,
  type LimitedServer,
  type LimitGrant,
  type LimitRequest,
  type ServerRef,
  type ServerUse,
} from '../application/ports/server-limits.port.js';
import { grantLimits, type Share } from '../domain/grant-limits.js';
import { splitHealth, withGroup } from '../domain/limit-group.js';
import { healthy, hearNews, type ServerHealth, type ServerReport } from '../domain/server-health.js';

type BookedShare = Share & LimitedServer & { readonly leaseUntil: number };

interface Server {
  health: ServerHealth;
  readonly shares: Map<string, BookedShare>;
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

  async renew(replica: string, leaseMs: number, requests: readonly LimitRequest[]): Promise<LimitGrant[]> {
    return requests.map((request) => {
      const now = this.now();
      const { tenantId, serverKey, limitGroup } = request;
      const health = this.healthOf(request, request.settingsVersion);
      const holder = holderOf(replica, request);
      const others = this.sharesOf(request).filter((share) => share.holder !== holder);
      const granted = grantLimits(health, others, holder, request, leaseMs, now);
      this.keep(request, granted.health);
      const booked = { ...granted.share, tenantId, serverKey, limitGroup, leaseUntil: now + leaseMs };
      this.serverOf(request).shares.set(holder, booked);
      return grantFrom(request, granted, now);
    });
  }

  async report(replica: string, server: LimitedServer, report: ServerReport) {
    const health = this.healthOf(server, report.settingsVersion);
    const shares = this.sharesOf(server);
    const load = {
      sentPerMinute: shares.reduce((sum, share) => sum + share.sentPerMinute, 0),
      connections: shares.reduce((sum, share) => sum + share.granted, 0),
    };
    const next = hearNews(health, holderOf(replica, server), report, load, this.now(), this.random());
    this.keep(server, next);
    return { before: health.circuit, after: next.circuit };
  }

  async release(replica: string, refs: readonly ServerRef[]): Promise<void> {
    for (const ref of refs) this.servers.get(nameOf(ref))?.shares.delete(holderOf(replica, ref));
  }

  async use(tenantId: string, serverKeys: readonly string[]): Promise<ServerUse[]> {
    return serverKeys.flatMap((serverKey) => {
      const ref = { tenantId, serverKey };
      const known = this.servers.get(nameOf(ref));
      if (!known) return [];
      const { limitGroup } = known.health;
      return [useOf(ref, this.healthOf({ ...ref, limitGroup }, 0), this.sharesOf(ref))];
    });
  }

  private healthOf(server: LimitedServer, settingsVersion: number): ServerHealth {
    const group = groupRef(server);
    const { health } = this.serverOf(server, settingsVersion);
    return group ? withGroup(health, this.serverOf(group).health) : health;
  }

  private keep(server: LimitedServer, health: ServerHealth): void {
    const { own, group } = splitHealth(health, server.limitGroup);
    this.serverOf(server).health = own;
    if (group) this.serverOf(groupRef(server)!).health = group;
  }

  private serverOf(ref: ServerRef, settingsVersion = 0): Server {
    const known = this.servers.get(nameOf(ref));
    if (known) return known;
    const server = { health: healthy(settingsVersion), shares: new Map<string, BookedShare>() };
    this.servers.set(nameOf(ref), server);
    return server;
  }

  /** Shares with a lease: of the server, and of its group. */
  private sharesOf({ tenantId, serverKey, limitGroup }: LimitedServer): BookedShare[] {
    return [...this.servers.values()]
      .flatMap(({ shares }) => [...shares.values()])
      .filter((share) => share.tenantId === tenantId && share.leaseUntil > this.now())
      .filter(
        (share) =>
          share.serverKey === serverKey || (limitGroup !== undefined && share.limitGroup === limitGroup),
      );
  }
}

const nameOf = ({ tenantId, serverKey }: ServerRef): string => `${tenantId}/${serverKey}`;

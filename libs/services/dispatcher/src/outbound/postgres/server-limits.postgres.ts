import { grantFrom, groupRef, holderOf, useOf } from '../../application/ports/server-limits.answers.js';
import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import {
  ServerLimits,
  type LimitedServer,
  type LimitGrant,
  type LimitRequest,
  type ServerRef,
  type ServerUse,
} from '../../application/ports/server-limits.port.js';
import { grantLimits, type Share } from '../../domain/grant-limits.js';
import { splitHealth, withGroup } from '../../domain/limit-group.js';
import { healthy, hearNews, type ServerHealth, type ServerReport } from '../../domain/server-health.js';

/**
 * Decides by the domain's rules under the lock of the server's row, and before it of its group's: so all replicas decide
 * one after the other.
 */
@Injectable()
export class PostgresServerLimits extends ServerLimits {
  constructor(private readonly database: Database) {
    super();
  }

  async renew(holder: string, leaseMs: number, requests: readonly LimitRequest[]): Promise<LimitGrant[]> {
    if (requests.length === 0) return [];
    // In one order for all replicas: each row is locked until the commit.
    const sorted = requests.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    const grants = await this.database.inTenants(
      requests.map(({ tenantId }) => tenantId),
      async (tx) => {
        const all = new Map<string, LimitGrant>();
        const groups = requests.flatMap((request) => groupRef(request) ?? []);
        for (const group of groups.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)))
          await lockRow(tx, group, 0);
        for (const request of sorted) all.set(nameOf(request), await renewOne(tx, holder, leaseMs, request));
        return all;
      },
    );
    return requests.map((request) => grants.get(nameOf(request))!);
  }

  async report(replica: string, server: LimitedServer, report: ServerReport) {
    return this.database.inTenants([server.tenantId], async (tx) => {
      const locked = await lockHealth(tx, server, report.settingsVersion);
      const { health, now } = locked;
      const shares = await sharesOf(tx, server);
      const load = {
        sentPerMinute: shares.reduce((sum, share) => sum + share.sentPerMinute, 0),
        connections: shares.reduce((sum, share) => sum + share.granted, 0),
      };
      const holder = holderOf(replica, server);
      const next = hearNews(health, holder, report, load, now, Math.random());
      await keepHealth(tx, server, locked, next);
      return { before: health.circuit, after: next.circuit };
    });
  }

  async release(holder: string, servers: readonly ServerRef[]): Promise<void> {
    if (servers.length === 0) return;
    await this.database.inTenants(
      servers.map(({ tenantId }) => tenantId),
      (tx) =>
        tx.execute(
          `delete from server_connections c using unnest($2::uuid[], $3::text[]) as s(tenant_id, server_key)
           where c.tenant_id = s.tenant_id and c.server_key = s.server_key and c.holder = $1`,
          [holder, servers.map(({ tenantId }) => tenantId), servers.map(({ serverKey }) => serverKey)],
        ),
    );
  }

  async use(tenantId: string, serverKeys: readonly string[]): Promise<ServerUse[]> {
    if (serverKeys.length === 0) return [];
    return this.database.inTenants([tenantId], async (tx) => {
      const states = await tx.prepared<{
        server_key: string;
        health: ServerHealth;
        shared: ServerHealth | null;
      }>(
        'server-health',
        `select s.server_key, s.health, g.health as shared from server_states s
         left join server_states g on g.tenant_id = s.tenant_id and g.server_key = 'group:' || (s.health ->> 'limitGroup')
         where s.tenant_id = $1 and s.server_key = any($2::text[])`,
        [tenantId, serverKeys],
      );
      const uses: ServerUse[] = [];
      for (const { server_key: serverKey, health, shared } of states) {
        const server = { tenantId, serverKey };
        uses.push(useOf(server, shared ? withGroup(health, shared) : health, await sharesOf(tx, server)));
      }
      return uses;
    });
  }
}

const nameOf = ({ tenantId, serverKey }: ServerRef): string => `${tenantId}/${serverKey}`;

async function renewOne(
  tx: Transaction,
  replica: string,
  leaseMs: number,
  request: LimitRequest,
): Promise<LimitGrant> {
  const { tenantId, serverKey } = request;
  const locked = await lockHealth(tx, request, request.settingsVersion);
  const { health, now } = locked;
  const holder = holderOf(replica, request);
  const others = (await sharesOf(tx, request)).filter((share) => share.holder !== holder);
  const granted = grantLimits(health, others, holder, request, leaseMs, now);
  const { share } = granted;
  await tx.prepared(
    'keep-share',
    `insert into server_connections (tenant_id, server_key, holder, wanted, granted, wants_lanes, lanes,
       sent_per_minute, limit_group, lease_until)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $10, clock_timestamp() + $9 * interval '1 ms')
     on conflict (tenant_id, server_key, holder) do update
       set wanted = excluded.wanted, granted = excluded.granted, wants_lanes = excluded.wants_lanes, lanes = excluded.lanes,
         sent_per_minute = excluded.sent_per_minute, limit_group = excluded.limit_group, lease_until = excluded.lease_until`,
    [
      tenantId,
      serverKey,
      replica,
      share.wanted,
      share.granted,
      share.wantsLanes,
      share.lanes,
      share.sentPerMinute,
      leaseMs,
      request.limitGroup ?? null,
    ],
  );
  await keepHealth(tx, request, locked, granted.health);
  return grantFrom(request, granted, now);
}

/** Shares with a lease: of the server, and of its group. */
function sharesOf(tx: Transaction, { tenantId, serverKey, limitGroup }: LimitedServer): Promise<Share[]> {
  return tx.prepared<Share>(
    'server-shares',
    `select holder || '/' || server_key as holder, wanted, granted, wants_lanes as "wantsLanes", lanes, sent_per_minute as "sentPerMinute" from server_connections
     where tenant_id = $1 and (server_key = $2 or limit_group = $3) and lease_until > clock_timestamp()`,
    [tenantId, serverKey, limitGroup ?? null],
  );
}

interface Locked {
  /** As the server's row has it. */
  readonly own: ServerHealth;
  /** With what its group knows. */
  readonly health: ServerHealth;
  readonly now: number;
}

async function lockHealth(tx: Transaction, server: LimitedServer, settingsVersion: number): Promise<Locked> {
  const group = groupRef(server);
  const shared = group && (await lockRow(tx, group, 0)).health;
  const { health: own, now } = await lockRow(tx, server, settingsVersion);
  return { own, health: shared ? withGroup(own, shared) : own, now };
}

async function lockRow(
  tx: Transaction,
  { tenantId, serverKey }: ServerRef,
  settingsVersion: number,
): Promise<{ readonly health: ServerHealth; readonly now: number }> {
  for (;;) {
    const [row] = await tx.prepared<{ readonly health: ServerHealth }>(
      'lock-server',
      'select health from server_states where tenant_id = $1 and server_key = $2 for update',
      [tenantId, serverKey],
    );
    if (row) {
      // Asked for when the row is locked: waiting for it may have taken long.
      const [clock] = await tx.prepared<{ readonly now: number }>(
        'clock',
        'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
        [],
      );
      return { health: row.health, now: clock!.now };
    }
    await tx.execute(
      `insert into server_states (tenant_id, server_key, health) values ($1, $2, $3) on conflict do nothing`,
      [tenantId, serverKey, JSON.stringify(healthy(settingsVersion))],
    );
  }
}

async function keepHealth(
  tx: Transaction,
  server: LimitedServer,
  before: Locked,
  after: ServerHealth,
): Promise<void> {
  const { limitGroup } = server;
  if (after === before.health && before.own.limitGroup === limitGroup) return;
  const { own, group } = splitHealth(after, limitGroup);
  await keepRow(tx, server, own);
  if (group) await keepRow(tx, groupRef(server)!, group);
}

async function keepRow(
  tx: Transaction,
  { tenantId, serverKey }: ServerRef,
  health: ServerHealth,
): Promise<void> {
  await tx.prepared(
    'keep-health',
    'update server_states set health = $3, updated_at = now() where tenant_id = $1 and server_key = $2',
    [tenantId, serverKey, JSON.stringify(health)],
  );
}

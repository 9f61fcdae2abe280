import { grantFrom, useOf } from '../../application/ports/server-limits.answers.js';
import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import {
  ServerLimits,
  type LimitGrant,
  type LimitRequest,
  type ServerRef,
  type ServerUse,
} from '../../application/ports/server-limits.port.js';
import { grantLimits, type Share } from '../../domain/grant-limits.js';
import { healthy, hearNews, type ServerHealth, type ServerReport } from '../../domain/server-health.js';

/** Decides by the domain's rules under the lock of the server's row: so all replicas decide one after the other. */
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
        for (const request of sorted) all.set(nameOf(request), await renewOne(tx, holder, leaseMs, request));
        return all;
      },
    );
    return requests.map((request) => grants.get(nameOf(request))!);
  }

  async report(holder: string, server: ServerRef, report: ServerReport) {
    return this.database.inTenants([server.tenantId], async (tx) => {
      const { health, now } = await lockHealth(tx, server, report.settingsVersion);
      const shares = await sharesOf(tx, server);
      const load = {
        sentPerMinute: shares.reduce((sum, share) => sum + share.sentPerMinute, 0),
        connections: shares.reduce((sum, share) => sum + share.granted, 0),
      };
      const next = hearNews(health, holder, report, load, now, Math.random());
      await keepHealth(tx, server, health, next);
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
      const states = await tx.prepared<{ readonly server_key: string; readonly health: ServerHealth }>(
        'server-health',
        `select server_key, health from server_states where tenant_id = $1 and server_key = any($2::text[])`,
        [tenantId, serverKeys],
      );
      const uses: ServerUse[] = [];
      for (const { server_key: serverKey, health } of states) {
        const server = { tenantId, serverKey };
        uses.push(useOf(server, health, await sharesOf(tx, server)));
      }
      return uses;
    });
  }
}

const nameOf = ({ tenantId, serverKey }: ServerRef): string => `${tenantId}/${serverKey}`;

async function renewOne(
  tx: Transaction,
  holder: string,
  leaseMs: number,
  request: LimitRequest,
): Promise<LimitGrant> {
  const { tenantId, serverKey } = request;
  const { health, now } = await lockHealth(tx, request, request.settingsVersion);
  const others = (await sharesOf(tx, request)).filter((share) => share.holder !== holder);
  const granted = grantLimits(health, others, holder, request, leaseMs, now);
  const { share } = granted;
  await tx.prepared(
    'keep-share',
    `insert into server_connections (tenant_id, server_key, holder, wanted, granted, wants_lanes, lanes,
       sent_per_minute, lease_until)
     values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + $9 * interval '1 ms')
     on conflict (tenant_id, server_key, holder) do update
       set wanted = excluded.wanted, granted = excluded.granted, wants_lanes = excluded.wants_lanes, lanes = excluded.lanes,
         sent_per_minute = excluded.sent_per_minute, lease_until = excluded.lease_until`,
    [
      tenantId,
      serverKey,
      holder,
      share.wanted,
      share.granted,
      share.wantsLanes,
      share.lanes,
      share.sentPerMinute,
      leaseMs,
    ],
  );
  await keepHealth(tx, request, health, granted.health);
  return grantFrom(request, granted, now);
}

/** Replicas with a lease. */
function sharesOf(tx: Transaction, { tenantId, serverKey }: ServerRef): Promise<Share[]> {
  return tx.prepared<Share>(
    'server-shares',
    `select holder, wanted, granted, wants_lanes as "wantsLanes", lanes, sent_per_minute as "sentPerMinute" from server_connections
     where tenant_id = $1 and server_key = $2 and lease_until > clock_timestamp()`,
    [tenantId, serverKey],
  );
}

async function lockHealth(
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
  { tenantId, serverKey }: ServerRef,
  before: ServerHealth,
  after: ServerHealth,
): Promise<void> {
  if (after === before) return;
  await tx.prepared(
    'keep-health',
    'update server_states set health = $3, updated_at = now() where tenant_id = $1 and server_key = $2',
    [tenantId, serverKey, JSON.stringify(after)],
  );
}

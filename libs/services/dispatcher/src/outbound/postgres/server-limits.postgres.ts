import { Injectable } from '@nestjs/common';
import type { Reply } from '@mailrun/contracts';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import {
  ServerLimits,
  type LimitGrant,
  type LimitRequest,
  type ServerRef,
} from '../../application/ports/server-limits.port.js';
import { slotIntervalMs } from '../../domain/slots.js';
import { shareConnections, type Holder } from '../../domain/share-connections.js';

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

  async reportFault({ tenantId, serverKey }: ServerRef, reply: Reply, pauseMs?: number): Promise<void> {
    // Many connections report one fault: only the first one within a pause counts. 1, 2, 4 and then 8 s, and jitter.
    await this.database.once(
      [tenantId],
      'server-fault',
      `update server_states
         set faults = faults + 1, pause_reply = $3, updated_at = now(),
           paused_until = now() + coalesce($4 * interval '1 ms',
             least(power(2, least(faults, 3)), 8) * (1 + 0.2 * random()) * interval '1 second')
         where tenant_id = $1 and server_key = $2 and (paused_until is null or paused_until < now())`,
      [tenantId, serverKey, JSON.stringify(reply), pauseMs ?? null],
    );
  }

  async reportWell({ tenantId, serverKey }: ServerRef): Promise<void> {
    await this.database.once(
      [tenantId],
      'server-well',
      `update server_states set faults = 0, paused_until = null, pause_reply = null, updated_at = now()
         where tenant_id = $1 and server_key = $2 and faults > 0`,
      [tenantId, serverKey],
    );
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
}

const nameOf = ({ tenantId, serverKey }: ServerRef): string => `${tenantId}/${serverKey}`;

interface StateRow {
  readonly faults: number;
  readonly settings_version: number;
  readonly paused_ms: number;
  readonly pause_reply: Reply | null;
  /** From now to the next free slot; negative when it lies behind. */
  readonly next_slot_ms: number;
}

async function renewOne(
  tx: Transaction,
  holder: string,
  leaseMs: number,
  request: LimitRequest,
): Promise<LimitGrant> {
  const { tenantId, serverKey } = request;
  const state = await lockState(tx, request);
  // New settings close the circuit: a corrected password must help at once.
  const isNew = request.settingsVersion > state.settings_version;
  const pausedMs = isNew ? 0 : Math.max(state.paused_ms, 0);
  const faults = isNew ? 0 : state.faults;

  const rows = await tx.prepared<Holder>(
    'server-holders',
    `select holder as id, wanted, granted from server_connections
     where tenant_id = $1 and server_key = $2 and lease_until > now() and holder <> $3`,
    [tenantId, serverKey, holder],
  );
  const asking = { id: holder, wanted: request.wantedConnections, granted: request.openConnections };
  // After a fault one connection probes; the others follow when it did well.
  const most = pausedMs > 0 ? 0 : faults > 0 ? 1 : request.maxConnections;
  const connections = shareConnections(most, holder, [...rows, asking]);
  const held = Math.max(connections, request.openConnections);
  await tx.prepared(
    'keep-holder',
    `insert into server_connections (tenant_id, server_key, holder, wanted, granted, lease_until)
     values ($1, $2, $3, $4, $5, now() + $6 * interval '1 ms')
     on conflict (tenant_id, server_key, holder) do update
       set wanted = excluded.wanted, granted = excluded.granted, lease_until = excluded.lease_until`,
    [tenantId, serverKey, holder, request.wantedConnections, held, leaseMs],
  );

  const intervalMs = slotIntervalMs(request.messagesPerMinute);
  // Without a connection they would be lost to all.
  const count = connections === 0 || intervalMs === 0 ? 0 : request.wantedSlots;
  const startsInMs = Math.max(state.next_slot_ms, 0);
  if (count > 0 || isNew) {
    await tx.prepared(
      'take-slots',
      `update server_states
       set next_slot_at = greatest(next_slot_at, clock_timestamp()) + $3 * interval '1 ms', settings_version = $4, updated_at = now(),
         faults = case when $5 then 0 else faults end, paused_until = case when $5 then null else paused_until end,
         pause_reply = case when $5 then null else pause_reply end
       where tenant_id = $1 and server_key = $2`,
      [
        tenantId,
        serverKey,
        count * intervalMs,
        Math.max(request.settingsVersion, state.settings_version),
        isNew,
      ],
    );
  }
  return {
    tenantId,
    serverKey,
    connections,
    slots: { startsInMs, intervalMs, count },
    pausedMs,
    pauseReply: isNew ? undefined : (state.pause_reply ?? undefined),
    faults,
  };
}

async function lockState(tx: Transaction, request: LimitRequest): Promise<StateRow> {
  const { tenantId, serverKey, settingsVersion } = request;
  for (;;) {
    const [row] = await tx.prepared<StateRow>(
      'lock-server',
      // The clock, not the transaction's start: it may have waited for the lock.
      `select faults, settings_version, pause_reply,
         (coalesce(extract(epoch from paused_until - clock_timestamp()), 0) * 1000)::float8 as paused_ms,
         (extract(epoch from next_slot_at - clock_timestamp()) * 1000)::float8 as next_slot_ms
       from server_states where tenant_id = $1 and server_key = $2 for update`,
      [tenantId, serverKey],
    );
    if (row) return row;
    await tx.execute(
      `insert into server_states (tenant_id, server_key, settings_version, next_slot_at) values ($1, $2, $3, now())
       on conflict do nothing`,
      [tenantId, serverKey, settingsVersion],
    );
  }
}

import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import { PausedServers } from '../../application/ports/paused-servers.port.js';
import type { ServerRef } from '../../application/ports/server-limits.port.js';

@Injectable()
export class PostgresPausedServers extends PausedServers {
  constructor(private readonly database: Database) {
    super();
  }

  async put(tx: Transaction, { tenantId, serverKey }: ServerRef) {
    // Of two at once the second waits here, and sees what the first one wrote.
    const [row] = await tx.query<{ since: Date; wasPaused: boolean }>(
      `insert into paused_servers as p (tenant_id, server_key) values ($1, $2)
       on conflict (tenant_id, server_key) do update set since = p.since
       returning since, xmax <> 0 as "wasPaused"`,
      [tenantId, serverKey],
    );
    return row!;
  }

  async remove(tx: Transaction, { tenantId, serverKey }: ServerRef): Promise<Date | undefined> {
    const [row] = await tx.query<{ since: Date }>(
      'delete from paused_servers where tenant_id = $1 and server_key = $2 returning since',
      [tenantId, serverKey],
    );
    return row?.since;
  }

  async since(tenantId: string, serverKeys: readonly string[]): Promise<ReadonlyMap<string, Date>> {
    const rows = await this.database.inTenant(tenantId, (tx) =>
      tx.query<{ key: string; since: Date }>(
        `select server_key as key, since from paused_servers
         where tenant_id = $1 and server_key = any($2::text[])`,
        [tenantId, serverKeys],
      ),
    );
    return new Map(rows.map(({ key, since }) => [key, since]));
  }

  async count(): Promise<number> {
    const [row] = await this.database.once<{ count: number }>(
      [],
      'count-paused-servers',
      'select count(*)::int as count from paused_servers',
      [],
    );
    return row!.count;
  }

  waitingRuns(tenantId: string, runIds: readonly string[]) {
    return this.database.inTenant(tenantId, (tx) =>
      tx.query<{ runId: string; serverKey: string }>(
        `select w.run_id as "runId", w.server_key as "serverKey"
         from waiting_runs w join paused_servers p on p.tenant_id = w.tenant_id and p.server_key = w.server_key
         where w.tenant_id = $1 and w.run_id = any($2::uuid[])`,
        [tenantId, runIds],
      ),
    );
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '@mailrun/platform-persistence';
import { GateStore, type UntoldGate } from '../../application/ports/gate-store.port.js';

@Injectable()
export class PostgresGateStore extends GateStore {
  constructor(private readonly database: Database) {
    super();
  }

  override async untold(run: { readonly runId: string; readonly tenantId: string }): Promise<UntoldGate[]> {
    return this.database.inTenant(run.tenantId, (tx) =>
      tx.query<UntoldGate>(
        `select g.tenant_id as "tenantId", g.run_id as "runId", r.mode, g.round, g.revision, g.state
         from run_gates g join message_runs r on r.id = g.run_id
         where g.run_id = $1 and g.confirmed_revision < g.revision order by g.round`,
        [run.runId],
      ),
    );
  }

  override async confirm({ tenantId, runId, round, revision }: UntoldGate): Promise<void> {
    await this.database.inTenant(tenantId, (tx) =>
      tx.execute(
        `update run_gates set confirmed_revision = $3 where run_id = $1 and round = $2 and confirmed_revision < $3`,
        [runId, round, revision],
      ),
    );
  }
}

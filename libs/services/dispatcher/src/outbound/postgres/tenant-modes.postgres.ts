import { Injectable } from '@nestjs/common';
import type { Mode } from '@mailrun/contracts';
import { Database } from '@mailrun/platform-persistence';
import { TenantModes } from '../../application/ports/tenant-modes.port.js';

@Injectable()
export class PostgresTenantModes extends TenantModes {
  constructor(private readonly database: Database) {
    super();
  }

  async put(tenantId: string, mode: Mode, revision: number): Promise<void> {
    await this.database.inTenant(tenantId, (tx) =>
      tx.execute(
        `insert into tenant_modes (tenant_id, mode, revision) values ($1, $2, $3)
         on conflict (tenant_id) do update set mode = excluded.mode, revision = excluded.revision, updated_at = now()
         where tenant_modes.revision < excluded.revision`,
        [tenantId, mode, revision],
      ),
    );
  }
}

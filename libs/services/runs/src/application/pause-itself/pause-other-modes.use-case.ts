import { Injectable } from '@nestjs/common';
import { Database } from '@mailrun/platform-persistence';
import { RunStore } from '../ports/run-store.port.js';
import { TenantSettingsReader } from '../ports/tenant-settings-reader.port.js';
import { WorkIndex } from '../ports/work-index.port.js';
import { PauseItself } from './pause-itself.js';

/** Pauses runs whose tenant changed between test and live. (The dispatcher sends nothing of another mode as it is.) */
@Injectable()
export class PauseOtherModes {
  constructor(
    private readonly database: Database,
    private readonly work: WorkIndex,
    private readonly runs: RunStore,
    private readonly settings: TenantSettingsReader,
    private readonly pauses: PauseItself,
  ) {}

  /** Looks at every run under way. */
  async pauseAll(): Promise<void> {
    const byTenant = Map.groupBy(await this.work.list('run'), ({ tenantId }) => tenantId);
    for (const [tenantId, items] of byTenant) {
      const { mode } = await this.settings.read(tenantId);
      for (const { runId } of items) {
        const run = await this.database.inTenant(tenantId, (tx) => this.runs.find(tx, runId));
        if (run?.state === 'running' && run.mode !== mode)
          await this.pauses.pause({ runId, tenantId }, 'mode-changed');
      }
    }
  }
}

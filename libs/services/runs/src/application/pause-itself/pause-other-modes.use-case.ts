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
    const items = await this.work.list('run');
    if (items.length === 0) return;
    const running = await this.database.inTenants(
      items.map(({ tenantId }) => tenantId),
      (tx) =>
        this.runs.running(
          tx,
          items.map(({ runId }) => runId),
        ),
    );
    for (const [tenantId, runs] of Map.groupBy(running, (run) => run.tenantId)) {
      const { mode } = await this.settings.read(tenantId);
      for (const run of runs) {
        if (run.mode !== mode) await this.pauses.pause(run, 'mode-changed');
      }
    }
  }
}

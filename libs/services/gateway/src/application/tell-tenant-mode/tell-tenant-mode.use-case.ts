import { Injectable, Logger } from '@nestjs/common';
import { isOutage } from '@mailrun/platform-errors';
import { Database } from '@mailrun/platform-persistence';
import { ModeListener } from '../ports/mode-listener.port.js';
import { TenantStore } from '../ports/tenant-store.port.js';

/** Tells the dispatcher of modes that it has not confirmed. Repeated until it does; harmless when told twice. */
@Injectable()
export class TellTenantMode {
  private readonly logger = new Logger(TellTenantMode.name);

  constructor(
    private readonly database: Database,
    private readonly tenants: TenantStore,
    private readonly listener: ModeListener,
  ) {}

  /** How many could not be told now. */
  async tellAll(): Promise<number> {
    const untold = await this.database.withoutTenant((tx) => this.tenants.untoldModes(tx, 500));
    let failed = 0;
    for (const mode of untold) {
      try {
        await this.listener.tell(mode);
      } catch (error) {
        if (!isOutage(error)) throw error;
        failed += 1;
        this.logger.warn(
          `The dispatcher could not be told of the mode of tenant ${mode.tenantId} yet.`,
          error,
        );
        continue;
      }
      await this.database.withoutTenant((tx) => this.tenants.confirmMode(tx, mode.tenantId, mode.revision));
    }
    return failed;
  }
}

import type { Mode } from '@mailrun/contracts';
import type { TenantModes } from '../ports/tenant-modes.port.js';

/** From now on only mails of this mode leave for the tenant; the greatest revision wins. */
export class SetTenantMode {
  constructor(private readonly modes: TenantModes) {}

  set(tenantId: string, mode: Mode, revision: number): Promise<void> {
    return this.modes.put(tenantId, mode, revision);
  }
}

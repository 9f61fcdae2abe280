import type { Mode, TenantSettings } from '@mailrun/contracts';
import { TenantSettingsReader } from '@mailrun/service-runs/in-memory';

interface TenantMode {
  readonly mode: Mode;
  readonly revision: number;
}

const live: TenantMode = { mode: 'live', revision: 1 };

/** The gateway's table of tenants: which are in test, and which are live. */
export class Gateway extends TenantSettingsReader {
  private readonly modes = new Map<string, TenantMode>();

  modeOf(tenantId: string): TenantMode {
    return this.modes.get(tenantId) ?? live;
  }

  change(tenantId: string, mode: Mode): void {
    this.modes.set(tenantId, { mode, revision: this.modeOf(tenantId).revision + 1 });
  }

  backup(): ReadonlyMap<string, TenantMode> {
    return new Map(this.modes);
  }

  restore(backup: ReadonlyMap<string, TenantMode>): void {
    this.modes.clear();
    for (const [tenantId, mode] of backup) this.modes.set(tenantId, mode);
  }

  override async read(tenantId: string): Promise<TenantSettings> {
    return {
      tenantId,
      ...this.modeOf(tenantId),
      testAddresses: ['test@x.test'],
      allowedBccDomains: [],
      locale: 'en-GB',
      timeZone: 'Europe/Berlin',
    };
  }
}

import type { TenantSettings } from '@mailrun/contracts';
import { TenantSettingsReader } from './tenant-settings-reader.port.js';

/** The same settings for every tenant, to be changed by tests. */
export class FakeTenantSettingsReader extends TenantSettingsReader {
  settings: Omit<TenantSettings, 'tenantId'> = {
    mode: 'live',
    revision: 1,
    testAddresses: ['test@mailrun.example'],
    allowedBccDomains: ['audit.example'],
    locale: 'en-GB',
    timeZone: 'Europe/Berlin',
  };

  override async read(tenantId: string): Promise<TenantSettings> {
    return { tenantId, ...this.settings };
  }
}

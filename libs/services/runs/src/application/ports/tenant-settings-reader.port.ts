import type { TenantSettings } from '@mailrun/contracts';

/** Mode, test addresses and allowed BCC domains, as the gateway keeps them. */
export abstract class TenantSettingsReader {
  /** @throws Outage */
  abstract read(tenantId: string): Promise<TenantSettings>;
}

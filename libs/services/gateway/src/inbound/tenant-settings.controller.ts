import { Controller } from '@nestjs/common';
import { getTenantSettings } from '@mailrun/contracts';
import { Serves, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { ChangeTenant } from '../application/change-tenant/change-tenant.use-case.js';

/** On the internal listener: what other services ask of a tenant. */
@Controller()
export class TenantSettingsController {
  constructor(private readonly tenants: ChangeTenant) {}

  @Serves(getTenantSettings)
  async get({ context }: Call<typeof getTenantSettings>): Promise<HttpAnswer> {
    const { id, mode, modeRevision, testAddresses, allowedBccDomains, locale, timeZone } =
      await this.tenants.read(context.tenantId);
    return {
      body: {
        tenantId: id,
        mode,
        revision: modeRevision,
        testAddresses,
        allowedBccDomains,
        locale,
        timeZone,
      },
    };
  }
}

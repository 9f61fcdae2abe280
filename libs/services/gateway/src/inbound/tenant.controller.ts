import { Controller } from '@nestjs/common';
import { getTenant, putTenant } from '@mailrun/contracts';
import { Serves, checkIfMatch, checkReadOnly, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { ChangeTenant } from '../application/change-tenant/change-tenant.use-case.js';
import type { Tenant } from '../domain/tenant.js';

@Controller()
export class TenantController {
  constructor(private readonly tenants: ChangeTenant) {}

  @Serves(getTenant)
  async get({ context }: Call<typeof getTenant>): Promise<HttpAnswer> {
    const tenant = await this.tenants.read(context.tenantId);
    return { body: viewOf(tenant), version: tenant.version };
  }

  @Serves(putTenant)
  async put({ context, body, ifMatch }: Call<typeof putTenant>): Promise<HttpAnswer> {
    const { name, mode, testAddresses, allowedBccDomains, locale, timeZone } = body;
    const settings = { name, mode, testAddresses, allowedBccDomains, locale, timeZone };
    const tenant = await this.tenants.change(context, settings, (stored) => {
      checkIfMatch(putTenant, ifMatch, stored.version);
      checkReadOnly(body, viewOf(stored), ['id', 'version', 'createdAt', 'updatedAt']);
    });
    return { body: viewOf(tenant), version: tenant.version };
  }
}

function viewOf({ modeRevision: _, createdAt, updatedAt, ...tenant }: Tenant) {
  return { ...tenant, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}

import { Injectable } from '@nestjs/common';
import { getTenantSettings, type TenantSettings } from '@mailrun/contracts';
import { RouteClient } from '@mailrun/platform-http';
import { TenantSettingsReader } from '../../application/ports/tenant-settings-reader.port.js';

/** The gateway over internal HTTP. */
@Injectable()
export class HttpTenantSettingsReader extends TenantSettingsReader {
  constructor(private readonly client: RouteClient) {
    super();
  }

  override async read(tenantId: string): Promise<TenantSettings> {
    return this.client.call(getTenantSettings, { tenantId }, {});
  }
}

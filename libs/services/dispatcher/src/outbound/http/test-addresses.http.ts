import { Injectable } from '@nestjs/common';
import { getTenantSettings } from '@mailrun/contracts';
import { RouteClient } from '@mailrun/platform-http';
import { TestAddresses } from '../../application/ports/test-addresses.port.js';

/** Asks the gateway. */
@Injectable()
export class HttpTestAddresses extends TestAddresses {
  constructor(private readonly client: RouteClient) {
    super();
  }

  async of(tenantId: string): Promise<readonly string[]> {
    const { testAddresses } = await this.client.call(getTenantSettings, { tenantId }, {});
    return testAddresses;
  }
}

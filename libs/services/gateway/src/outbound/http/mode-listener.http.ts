import { Injectable } from '@nestjs/common';
import { putTenantMode } from '@mailrun/contracts';
import { RouteClient } from '@mailrun/platform-http';
import { ModeListener } from '../../application/ports/mode-listener.port.js';
import type { UntoldMode } from '../../application/ports/tenant-store.port.js';

@Injectable()
export class HttpModeListener extends ModeListener {
  constructor(private readonly client: RouteClient) {
    super();
  }

  async tell({ tenantId, mode, revision }: UntoldMode): Promise<void> {
    await this.client.call(putTenantMode, { tenantId }, { body: { mode, revision } }, 2000);
  }
}

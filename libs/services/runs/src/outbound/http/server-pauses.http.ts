import { Injectable } from '@nestjs/common';
import { queryPausedRuns } from '@mailrun/contracts';
import { isOutage } from '@mailrun/platform-errors';
import { RouteClient } from '@mailrun/platform-http';
import { ServerPauses } from '../../application/ports/server-pauses.port.js';

/** A run is shown without it rather than late. */
const timeoutMs = 500;

@Injectable()
export class HttpServerPauses extends ServerPauses {
  constructor(private readonly client: RouteClient) {
    super();
  }

  override async of(tenantId: string, runIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (runIds.length === 0) return new Map();
    try {
      const body = { runIds: [...runIds] };
      const { runs } = await this.client.call(queryPausedRuns, { tenantId }, { body }, timeoutMs);
      return new Map(runs.map(({ runId, serverKey }) => [runId, serverKey]));
    } catch (error) {
      if (isOutage(error)) return new Map();
      throw error;
    }
  }
}

import { Injectable } from '@nestjs/common';
import { queryPausedRuns } from '@mailrun/contracts';
import { isOutage } from '@mailrun/platform-errors';
import { RouteClient } from '@mailrun/platform-http';
import { ServerPauses } from '../../application/ports/server-pauses.port.js';

/** A run is shown without it rather than late. */
const timeoutMs = 500;
const mostAtOnce = 500;

@Injectable()
export class HttpServerPauses extends ServerPauses {
  constructor(private readonly client: RouteClient) {
    super();
  }

  override async of(tenantId: string, runIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const serverKeys = new Map<string, string>();
    try {
      for (let at = 0; at < runIds.length; at += mostAtOnce) {
        const body = { runIds: runIds.slice(at, at + mostAtOnce) };
        const { runs } = await this.client.call(queryPausedRuns, { tenantId }, { body }, timeoutMs);
        for (const { runId, serverKey } of runs) serverKeys.set(runId, serverKey);
      }
    } catch (error) {
      if (!isOutage(error)) throw error;
    }
    return serverKeys;
  }
}

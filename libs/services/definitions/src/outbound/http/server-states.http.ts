import { Injectable } from '@nestjs/common';
import { queryServerStates, type MessageServerState } from '@mailrun/contracts';
import { isOutage } from '@mailrun/platform-errors';
import { RouteClient } from '@mailrun/platform-http';
import { ServerStates } from '../../application/ports/server-states.port.js';

/** Settings are shown without the state rather than late. */
const timeoutMs = 2_000;

@Injectable()
export class HttpServerStates extends ServerStates {
  constructor(private readonly client: RouteClient) {
    super();
  }

  async of(
    tenantId: string,
    serverKeys: readonly string[],
  ): Promise<Readonly<Record<string, MessageServerState>>> {
    if (serverKeys.length === 0) return {};
    try {
      const body = { serverKeys: serverKeys.slice(0, 500) };
      return (await this.client.call(queryServerStates, { tenantId }, { body }, timeoutMs)).states;
    } catch (error) {
      if (isOutage(error)) return {};
      throw error;
    }
  }
}

import type { ServerSettings } from '../../domain/server-settings.js';

export interface Sender {
  readonly address: string;
  readonly displayName: string | undefined;
  readonly serverKey: string;
}

/** Message servers and senders as they are configured now, at most two seconds old. */
export abstract class MessageServers {
  /** Undefined when there is no such server. @throws Outage */
  abstract find(tenantId: string, serverKey: string): Promise<ServerSettings | undefined>;

  /** Undefined when there is no such sender. @throws Outage */
  abstract findSender(tenantId: string, fromKey: string): Promise<Sender | undefined>;
}

import { Injectable } from '@nestjs/common';
import { serverConnectionSchema, type ServerConnection } from '@mailrun/contracts';
import { Database } from '@mailrun/platform-persistence';
import { notFound } from '../change-object/change-object.use-case.js';
import { ConfigurationStore } from '../ports/configuration-store.port.js';

/** How to reach a message server now; its password stays ciphertext until the dispatcher opens it. */
@Injectable()
export class ReadServerConnection {
  constructor(
    private readonly database: Database,
    private readonly store: ConfigurationStore,
  ) {}

  /** @throws Refusal `message-server.not-found` */
  read(tenantId: string, key: string): Promise<ServerConnection> {
    return this.database.inTenant(tenantId, async (tx) => {
      const server = await this.store.find(tx, tenantId, 'message-server', key);
      if (server === undefined) throw notFound('message-server', key);
      const password = await this.store.readSecret(tx, tenantId, 'message-server', key);
      return serverConnectionSchema.parse({
        ...server.content,
        serverKey: key,
        version: server.version,
        password,
      });
    });
  }
}

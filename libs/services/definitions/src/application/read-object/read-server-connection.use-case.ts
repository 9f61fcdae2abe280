import { Injectable } from '@nestjs/common';
import { serverConnectionSchema, type ServerConnection } from '@mailrun/contracts';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import type { Content } from '../../domain/configuration-object.js';
import { sharedLimits } from '../../domain/limit-groups.js';
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
      const connection = connectionFrom({
        ...server.content,
        serverKey: key,
        version: server.version,
        password,
      });
      if (connection.limitGroup === null) return connection;
      return { ...connection, ...(await this.limitsOf(tx, tenantId, connection.limitGroup)) };
    });
  }

  private async limitsOf(tx: Transaction, tenantId: string, group: string) {
    const servers = await this.store.contents(tx, tenantId, ['message-server']);
    const ofGroup = servers.filter(({ content }) => content['limitGroup'] === group);
    const own = { serverKey: group, version: 1, password: null };
    return sharedLimits(ofGroup.map(({ content }) => connectionFrom({ ...content, ...own })));
  }
}

const connectionFrom = (content: Content): ServerConnection => serverConnectionSchema.parse(content);

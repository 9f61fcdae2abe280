import { Controller } from '@nestjs/common';
import {
  getInternalSender,
  getPublishedDefinition,
  getServerConnection,
  listKnownKeys,
} from '@mailrun/contracts';
import { Serves, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { ReadKeys } from '../application/read-object/read-keys.use-case.js';
import { ReadObject } from '../application/read-object/read-object.use-case.js';
import { ReadServerConnection } from '../application/read-object/read-server-connection.use-case.js';
import { ReadPublishedDefinition } from '../application/read-published-definition/read-published-definition.use-case.js';

/** What other services ask. */
@Controller()
export class InternalController {
  constructor(
    private readonly definitions: ReadPublishedDefinition,
    private readonly keys: ReadKeys,
    private readonly connections: ReadServerConnection,
    private readonly objects: ReadObject,
  ) {}

  @Serves(getPublishedDefinition)
  async published({ context, params }: Call<typeof getPublishedDefinition>): Promise<HttpAnswer> {
    return { body: await this.definitions.read(context.tenantId, params.key) };
  }

  @Serves(listKnownKeys)
  async known({ context }: Call<typeof listKnownKeys>): Promise<HttpAnswer> {
    const [recipientKeys, passwordKeys, transformationKeys] = await this.keys.read(context.tenantId, [
      'recipient-key',
      'password-key',
      'invoice-transformation',
    ]);
    return { body: { recipientKeys, passwordKeys, transformationKeys } };
  }

  @Serves(getServerConnection)
  async connection({ context, params }: Call<typeof getServerConnection>): Promise<HttpAnswer> {
    return { body: await this.connections.read(context.tenantId, params.key) };
  }

  @Serves(getInternalSender)
  async sender({ context, params }: Call<typeof getInternalSender>): Promise<HttpAnswer> {
    const { content } = await this.objects.get(context.tenantId, 'sender', params.key);
    const { address, displayName, serverKey } = content;
    return { body: { address, displayName, serverKey } };
  }
}

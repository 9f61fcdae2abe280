import { Injectable } from '@nestjs/common';
import { getPublishedDefinition, getServerConnection } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { RouteClient } from '@mailrun/platform-http';
import {
  PublishedDefinitions,
  type DefinitionToRun,
} from '../../application/ports/published-definitions.port.js';

/** The definitions service over internal HTTP. */
@Injectable()
export class HttpPublishedDefinitions extends PublishedDefinitions {
  constructor(private readonly client: RouteClient) {
    super();
  }

  override async read(tenantId: string, key: string): Promise<DefinitionToRun> {
    try {
      const definition = await this.client.call(getPublishedDefinition, { tenantId }, { params: { key } });
      const { serverKey } = definition.sender;
      const server = await this.client.call(
        getServerConnection,
        { tenantId },
        { params: { key: serverKey } },
      );
      return { definition, maxSizeBytes: server.maxSizeBytes };
    } catch (error) {
      // A run that names what is not there is refused by a rule: the run itself was found.
      if (!(error instanceof Refusal)) throw error;
      throw new Refusal('rule', 'runs.definition-not-published', error.message, {
        errors: [{ pointer: '/definitionKey', code: error.code, detail: error.message }],
      });
    }
  }
}

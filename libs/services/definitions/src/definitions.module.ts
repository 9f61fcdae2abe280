import { Module, type DynamicModule } from '@nestjs/common';
import {
  invoiceTransformationRoutes,
  messageDefinitionRoutes,
  messageServerRoutes,
  messageTemplateRoutes,
  passwordKeyRoutes,
  recipientKeyRoutes,
  senderRoutes,
} from '@mailrun/contracts';
import { PersistenceModule, type PersistenceOptions } from '@mailrun/platform-persistence';
import { ChangeObject } from './application/change-object/change-object.use-case.js';
import { ConfigurationStore } from './application/ports/configuration-store.port.js';
import { ServerStates } from './application/ports/server-states.port.js';
import { TemplateChecker } from './application/ports/template-checker.port.js';
import { PublishObject } from './application/publish-object/publish-object.use-case.js';
import { PutImage } from './application/put-image/put-image.use-case.js';
import { ReadKeys } from './application/read-object/read-keys.use-case.js';
import { ReadObject } from './application/read-object/read-object.use-case.js';
import { ReadServerConnection } from './application/read-object/read-server-connection.use-case.js';
import { ReadPublishedDefinition } from './application/read-published-definition/read-published-definition.use-case.js';
import { ImagesController } from './inbound/images.controller.js';
import { InternalController } from './inbound/internal.controller.js';
import { keyedController, publishingController } from './inbound/keyed.controller.js';
import { HttpServerStates } from './outbound/http/server-states.http.js';
import { HttpTemplateChecker } from './outbound/http/template-checker.http.js';
import { PostgresConfigurationStore } from './outbound/postgres/configuration-store.postgres.js';
import { definitionsEntities } from './outbound/postgres/configuration.rows.js';

/**
 * All configuration with drafts and published versions. Needs from the process, as global providers: `BlobStore`,
 * `SecretBox`, `RouteClient`, `CallAuthenticator`.
 */
@Module({})
export class DefinitionsModule {
  static register(options: {
    readonly persistence: Omit<PersistenceOptions, 'service' | 'entities'>;
  }): DynamicModule {
    return {
      module: DefinitionsModule,
      imports: [
        PersistenceModule.register({
          ...options.persistence,
          service: 'definitions',
          entities: definitionsEntities,
        }),
      ],
      controllers: [
        keyedController('message-server', messageServerRoutes),
        keyedController('sender', senderRoutes),
        keyedController('recipient-key', recipientKeyRoutes),
        keyedController('password-key', passwordKeyRoutes),
        keyedController('message-template', messageTemplateRoutes),
        publishingController('message-template', messageTemplateRoutes),
        keyedController('invoice-transformation', invoiceTransformationRoutes),
        publishingController('invoice-transformation', invoiceTransformationRoutes),
        keyedController('message-definition', messageDefinitionRoutes),
        publishingController('message-definition', messageDefinitionRoutes),
        ImagesController,
        InternalController,
      ],
      providers: [
        ChangeObject,
        PublishObject,
        PutImage,
        ReadKeys,
        ReadObject,
        ReadPublishedDefinition,
        ReadServerConnection,
        { provide: ConfigurationStore, useClass: PostgresConfigurationStore },
        { provide: ServerStates, useClass: HttpServerStates },
        { provide: TemplateChecker, useClass: HttpTemplateChecker },
      ],
    };
  }
}

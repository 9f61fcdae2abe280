import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import {
  CallAuthenticator,
  InternalTokens,
  RouteClient,
  type ServiceDirectory,
} from '@mailrun/platform-http';
import { PersistenceModule, type PersistenceOptions } from '@mailrun/platform-persistence';
import { Authenticate } from './application/authenticate/authenticate.use-case.js';
import { ChangeTenant } from './application/change-tenant/change-tenant.use-case.js';
import { ManageApiKeys } from './application/manage-api-keys/manage-api-keys.use-case.js';
import { ApiKeyStore } from './application/ports/api-key-store.port.js';
import { ModeListener } from './application/ports/mode-listener.port.js';
import { TenantStore } from './application/ports/tenant-store.port.js';
import { TellTenantMode } from './application/tell-tenant-mode/tell-tenant-mode.use-case.js';
import { RateLimit } from './domain/rate-limit.js';
import { ApiKeyAuthenticator } from './inbound/api-key.authenticator.js';
import { ApiKeysController } from './inbound/api-keys.controller.js';
import { Forwarder } from './inbound/forwarder.js';
import { ModeSchedule } from './inbound/mode.schedule.js';
import { registerReferencePages } from './inbound/reference-pages.js';
import { TenantController } from './inbound/tenant.controller.js';
import { TenantSettingsController } from './inbound/tenant-settings.controller.js';
import { HttpModeListener } from './outbound/http/mode-listener.http.js';
import { PostgresApiKeyStore } from './outbound/postgres/api-key-store.postgres.js';
import { PostgresTenantStore } from './outbound/postgres/tenant-store.postgres.js';

export interface GatewayOptions {
  readonly persistence: Omit<PersistenceOptions, 'service' | 'entities'>;
  readonly services: ServiceDirectory;
  readonly tokens: InternalTokens;
  /** Calls of one API key: on average, and at once. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
}

/** Tenants and API keys: what both listeners of the gateway need. */
@Module({})
export class TenantsModule {
  static register(options: GatewayOptions): DynamicModule {
    return {
      module: TenantsModule,
      imports: [PersistenceModule.register({ ...options.persistence, service: 'gateway' })],
      providers: [
        Authenticate,
        ChangeTenant,
        ManageApiKeys,
        TellTenantMode,
        { provide: ApiKeyStore, useClass: PostgresApiKeyStore },
        { provide: TenantStore, useClass: PostgresTenantStore },
        { provide: ModeListener, useClass: HttpModeListener },
        { provide: RouteClient, useValue: new RouteClient(options.services, options.tokens) },
      ],
      exports: [Authenticate, ChangeTenant, ManageApiKeys, TellTenantMode],
    };
  }
}

/** The public listener: `/v1`, its contract and documentation. Everything else is forwarded to the owning service. */
@Module({})
export class GatewayModule implements OnApplicationShutdown {
  constructor(private readonly forwarder: Forwarder) {}

  onApplicationShutdown(): void {
    this.forwarder.close();
  }

  static register(options: GatewayOptions): DynamicModule {
    return {
      module: GatewayModule,
      imports: [TenantsModule.register(options)],
      controllers: [TenantController, ApiKeysController],
      providers: [
        ModeSchedule,
        { provide: CallAuthenticator, useClass: ApiKeyAuthenticator },
        {
          provide: RateLimit,
          useFactory: () => new RateLimit(options.requestsPerSecond, options.requestBurst),
        },
        {
          provide: Forwarder,
          useFactory: (authenticator: CallAuthenticator, host: HttpAdapterHost) => {
            const forwarder = new Forwarder(authenticator, options.tokens, options);
            const server = host.httpAdapter.getInstance<FastifyInstance>();
            forwarder.register(server);
            registerReferencePages(server);
            return forwarder;
          },
          inject: [CallAuthenticator, HttpAdapterHost],
        },
      ],
    };
  }
}

/**
 * The gateway's part of an internal listener. Needs `CallAuthenticator` of internal tokens from the process, as a
 * global provider.
 */
@Module({})
export class GatewayInternalModule {
  static register(options: GatewayOptions): DynamicModule {
    return {
      module: GatewayInternalModule,
      imports: [TenantsModule.register(options)],
      controllers: [TenantSettingsController],
    };
  }
}

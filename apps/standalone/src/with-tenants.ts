import { NestFactory } from '@nestjs/core';
import { InternalTokens } from '@mailrun/platform-http';
import { persistenceOf } from '@mailrun/platform-runtime';
import { ChangeTenant, TenantsModule } from '@mailrun/service-gateway';
import type { StandaloneSettings } from './settings.js';

/** The gateway's tenants, for the time of one command. */
export async function withTenants<Result>(
  settings: StandaloneSettings,
  work: (tenants: ChangeTenant) => Promise<Result>,
): Promise<Result> {
  const module = TenantsModule.register({
    persistence: persistenceOf(settings, 'gateway'),
    services: {},
    tokens: new InternalTokens(settings.internal.tokenSecret),
    ...settings.gateway,
  });
  const app = await NestFactory.createApplicationContext(module, { logger: ['error', 'fatal'] });
  try {
    return await work(app.get(ChangeTenant));
  } finally {
    await app.close();
  }
}

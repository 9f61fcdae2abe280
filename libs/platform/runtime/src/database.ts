import { createHmac } from 'node:crypto';
import { serviceUrl, type PersistenceOptions, type ServiceWithSchema } from '@mailrun/platform-persistence';
import type { DatabaseSettings, InstallationSettings } from './runtime-settings.js';

/** Password of a service's role: derived, so that one secret is all that `bootstrap` and the services share. */
export function rolePassword(roleSecret: string, service: ServiceWithSchema): string {
  if (roleSecret.length < 32)
    throw new Error('MAILRUN_DATABASE_ROLE_SECRET must have at least 32 characters.');
  return createHmac('sha256', roleSecret).update(`mailrun database role ${service}`).digest('base64url');
}

/** How a service connects: to the database of `DATABASE_URL`, as its own role. */
export function persistenceOf(
  settings: { readonly installation: InstallationSettings; readonly database: DatabaseSettings },
  service: ServiceWithSchema,
): Omit<PersistenceOptions, 'entities'> {
  const { prefix } = settings.installation;
  const { url, roleSecret, poolSize } = settings.database;
  return {
    service,
    prefix,
    poolSize,
    url: serviceUrl(url, prefix, service, rolePassword(roleSecret, service)),
  };
}

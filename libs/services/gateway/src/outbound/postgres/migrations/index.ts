import { Tenants1763900200000 } from './1763900200000-tenants.js';

/** Every migration of the service, in any order: their names carry the time. */
export const gatewayMigrations = [Tenants1763900200000];

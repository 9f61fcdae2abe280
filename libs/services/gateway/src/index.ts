export { ChangeTenant } from './application/change-tenant/change-tenant.use-case.js';
export type { TenantSettings } from './domain/tenant.js';
export { openApiDocument } from './domain/openapi.js';
export {
  GatewayInternalModule,
  GatewayModule,
  TenantsModule,
  type GatewayOptions,
} from './gateway.module.js';
export { gatewayMigrations } from './outbound/postgres/migrations/index.js';
